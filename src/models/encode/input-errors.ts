import { AppError } from '../../errors.ts'

/** Runs what reads one item of the list `field`, and adds to its errors which item they speak of. */
export function nameInput<Result>(field: string, index: number, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const details = { ...error.details, field: `${field}[${index}]` }
    throw new AppError(error.code, `${field}[${index}]: ${error.message}`, { details, cause: error })
  }
}
