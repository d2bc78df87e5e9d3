import { posix, sep } from 'node:path'
import { AppError } from '../errors.ts'

/**
 * The key itself, when it names an object below its store.
 *
 * S3 allows keys such as `./x` and `a/../b`, but URLs and file systems read them as `x` and `b`, which are other
 * objects: they are refused instead of rewritten.
 *
 * @throws AppError `invalid_request` for an absolute path, a `.` or `..` between slashes, a null character
 */
export function safeKey(key: string): string {
  if (posix.isAbsolute(key)) throw refusedKey(key, 'is absolute', 'expected a path relative to its store')
  if (key.includes('\0')) throw refusedKey(key, 'has a null character', 'expected a name without one')
  const dots = key.split('/').find((name) => name === '.' || name === '..')
  if (dots === undefined) return key
  throw refusedKey(key, `has "${dots}" between slashes`, 'expected plain names; rename the object')
}

/**
 * The key as a path below a folder. A file system reads `a//b` as `a/b`, which in S3 is another object.
 *
 * @throws AppError `invalid_request` as {@link safeKey} does, and for an empty name between slashes
 */
export function safePath(key: string): string {
  // Windows has separators and drives of its own.
  if (sep === '\\' && /[\\:]/.test(key)) throw refusedKey(key, 'has \\ or :', 'expected names without them')
  if (!key.includes('//')) return safeKey(key)
  throw refusedKey(key, 'has an empty name between slashes', 'expected single slashes; rename the object')
}

function refusedKey(key: string, problem: string, remedy: string): AppError {
  return new AppError('invalid_request', `The key ${JSON.stringify(key)} ${problem}; ${remedy}.`, {
    details: { key },
  })
}
