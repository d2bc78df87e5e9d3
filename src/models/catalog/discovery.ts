import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Catalog } from './catalog.ts'

/** One piece of work names some models at most: those of an ensemble. */
const MOST_TRIES = 9

/**
 * Does a piece of work, and once more when it named a model that only then was found in a source: sources elsewhere are
 * asked for a model when it is first named, never before. The work must not have had effects when it finds out that it
 * does not know a model.
 *
 * @throws AppError what the work throws; `unknown_model` when no source has the model either
 */
export async function withDiscovery<T>(
  { discover }: Pick<Catalog, 'discover'>,
  context: Context,
  work: () => T | Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const isUnknown = error instanceof AppError && error.code === 'unknown_model'
      if (!isUnknown || tries > MOST_TRIES || !(await discover?.(context))) throw error
    }
  }
}
