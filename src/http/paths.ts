import { AppError, type ErrorDetails } from '../errors.ts'
import { RouteError } from './errors.ts'

/** Absolute paths of two segments and more, at the beginning of a word; keys of buckets stand behind `s3://`. */
const PATH = /(?<![\w/:.~-])(?:\/[^\s/"'`,;:()[\]{}]+){2,}\/?/g
/** Paths of the service, as errors name them. */
const ROUTE = /^\/v[12]\//

/**
 * The same error for callers, who need not know where things lie on the machine: of each path its last name is left. The
 * log gets the error as it was.
 */
export function withoutPaths(error: AppError): AppError {
  // What is said of a route is the caller's own.
  if (error instanceof RouteError) return error
  const message = hidePaths(error.message)
  const details = Object.fromEntries(
    Object.entries(error.details).map(([name, value]) => [name, shortenDetail(value)]),
  )
  return new AppError(error.code, message, { details, cause: error })
}

function shortenDetail(value: ErrorDetails[string]): ErrorDetails[string] {
  if (typeof value === 'string') return hidePaths(value)
  return typeof value === 'object' ? value.map(hidePaths) : value
}

/** A text with the last name alone of each absolute path; what is no path stays, and so do the routes of the service. */
export function hidePaths(text: string): string {
  return text.replaceAll(PATH, (path) =>
    ROUTE.test(path) ? path : `…/${path.split('/').filter(Boolean).at(-1)}`,
  )
}
