import { AppError } from '../../errors.ts'
import type { Manifest } from './manifest.ts'

/**
 * Lets models pass that are made for one of the tasks.
 *
 * @param remedy what was expected instead, to the end of the sentence
 * @param field how the caller calls the model in its request
 * @throws AppError `unsupported_task`
 */
export function requireTask(
  { id, task }: Manifest,
  tasks: readonly Manifest['task'][],
  remedy: string,
  field = 'model',
): void {
  if (tasks.includes(task)) return
  throw new AppError('unsupported_task', `Model ${id} is made to ${task}; ${remedy}.`, {
    details: { field, model: id, task },
  })
}
