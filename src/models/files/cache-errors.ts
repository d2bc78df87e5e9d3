import { AppError } from '../../errors.ts'

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const UNWRITABLE = new Set(['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EIO'])

/** The error of a cache that cannot be written and lacks a file. */
export function unwritable(folder: string, cause: unknown): AppError {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException
  return new AppError(
    'artifact_missing',
    `The model is not in the cache ${folder}, and nothing can be written there (${code}); set MODEL_CACHE to a directory that can be written.`,
    { details: { folder, code }, cause, retryable: true },
  )
}

/** What an error of the file system means for a file on its way into the cache; other errors stay as they are. */
export function asCacheError(error: unknown, folder: string, file: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException
  if (UNWRITABLE.has(code)) return unwritable(folder, error)
  if (!FULL.has(code)) return error
  return new AppError(
    'model_too_large',
    `The disk of the cache ${folder} became full (${code}) while ${file} came in; give the function a larger /tmp or put the model in a layer.`,
    { details: { folder, code }, cause: error, retryable: true },
  )
}
