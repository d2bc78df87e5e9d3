import { AppError, type ErrorCode } from '../../errors.ts'
import { isFinal } from '../batch/end-job.ts'
import { LEARNED_PREFIX } from './keys.ts'

/** Whether another try would come to the same: as for files, and for a base whose bytes are wrong. */
export function endsLearning(error: AppError): boolean {
  return isFinal(error) || (error.code === 'artifact_corrupt' && !error.retryable)
}

/** Written by code that never sees a pair. */
const TELLABLE: ReadonlySet<ErrorCode> = new Set(['upstream_failed', 'deadline_exceeded', 'overloaded'])

/**
 * An error as a log may have it. What is wrong with a file is told in a sentence that may quote its row, and stands in
 * the bucket of the file's owner alone; a log gets the code, the field and the place to look at.
 */
export function tellable(error: AppError, job: string): AppError {
  const { code, details, retryable } = error
  if (TELLABLE.has(code) || details.poisoned === true) return error
  const { field } = details
  const where = `${LEARNED_PREFIX}${job}/_FAILED.json`
  const message =
    retryable || code === 'internal'
      ? `The learning job ${job} could not be finished now (${code}${placesOf(error.cause)}); it is tried again.`
      : `The learning job ${job} has failed (${code}); ${where} says why.`
  return new AppError(code, message, { retryable, details: { ...(field !== undefined && { field }) } })
}

/** Where in our own code something broke: names and lines, not the words of the error, which may quote a row. */
function placesOf(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return `: ${[cause.name, ...frames.slice(0, 3).map((frame) => frame.trim())].join(' ')}`
}
