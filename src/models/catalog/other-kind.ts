import { AppError, toAppError } from '../../errors.ts'
import type { Catalog } from './catalog.ts'
import type { GeneratorManifest } from './generator-manifest.ts'
import type { GeneratorCatalog } from './generators.ts'

/** The catalog, whose errors know the names of language models: `unsupported_task` rather than `unknown_model`. */
export function knowingGenerators(catalog: Catalog, generators: GeneratorCatalog): Catalog {
  return {
    ...catalog,
    resolve(name) {
      try {
        return catalog.resolve(name)
      } catch (cause) {
        if (!isUnknown(cause) || !knows(() => generators.resolve(name, 'chat'))) throw cause
        throw new AppError(
          'unsupported_task',
          `Model ${name} answers conversations, at POST /v1/chat/completions; expected a model that makes vectors or scores; GET /models lists them.`,
          { details: { field: 'model', model: name } },
        )
      }
    },
  }
}

/**
 * The language model of a name, for conversations.
 *
 * @throws AppError as {@link GeneratorCatalog} does, and `unsupported_task` for a model that makes vectors or scores
 */
export function resolveForChat(
  name: string,
  generators: GeneratorCatalog,
  catalog: Catalog,
): GeneratorManifest {
  try {
    return generators.resolve(name, 'chat')
  } catch (cause) {
    if (!isUnknown(cause) || !knows(() => catalog.resolve(name))) throw cause
    throw new AppError(
      'unsupported_task',
      `Model ${name} makes vectors or scores, and answers no conversations; expected a language model; GET /models lists them under generators.`,
      { details: { field: 'model', model: name } },
    )
  }
}

const isUnknown = (cause: unknown) => toAppError(cause).code === 'unknown_model'

/** Whether a name is known, although its model may lack files or a task. */
function knows(resolve: () => unknown): boolean {
  try {
    resolve()
    return true
  } catch (cause) {
    return !isUnknown(cause)
  }
}
