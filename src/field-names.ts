import { AppError } from './errors.ts'

/** The caller's names of fields, by our own: `texts` by `input`. */
type FieldNames = Readonly<Record<string, string>>

/** Runs what reads one item of the list `field`, and adds to its errors which item they speak of. */
export function nameInput<Result>(field: string, index: number, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw error instanceof AppError ? withField(error, `${field}[${index}]`, error.message) : error
  }
}

/**
 * Runs work, and lets its errors call fields as the caller does: `input[3]` becomes `texts[3]` with `{ input: 'texts' }`.
 *
 * @throws AppError of the work, with the caller's name in its message and details
 */
export async function withFieldNames<Result>(
  names: FieldNames,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof AppError ? renameField(error, names) : error
  }
}

function renameField(error: AppError, names: FieldNames): AppError {
  const { field: ours } = error.details
  if (typeof ours !== 'string') return error
  const name = Object.hasOwn(names, ours) ? ours : ours.split(/[[.]/, 1)[0]!
  if (!Object.hasOwn(names, name)) return error
  const opening = `${ours}: `
  const sentence = error.message.startsWith(opening) ? error.message.slice(opening.length) : error.message
  return withField(error, names[name] + ours.slice(name.length), sentence)
}

function withField(error: AppError, field: string, sentence: string): AppError {
  const details = { ...error.details, field }
  const { code, retryable } = error
  return new AppError(code, `${field}: ${sentence}`, { details, cause: error, retryable })
}
