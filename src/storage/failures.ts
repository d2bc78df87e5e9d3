import { AppError } from '../errors.ts'

/** What went wrong with a store; none of it may hold a secret. */
interface StoreFailure {
  readonly store: string
  readonly key: string
  /** What the store answered instead: `503 SlowDown`. */
  readonly answer: string
  readonly cause?: unknown
}

/** The error of a read for which there is no object. */
export function missingObject(store: string, key: string, cause?: unknown): AppError {
  return new AppError('artifact_missing', `${store} has no object ${key}; check MODEL_SOURCES.`, {
    details: { store, key },
    cause,
  })
}

/** The error of a store that will not let this program read, until somebody gives it the permission or the room. */
export function refused({ store, key, answer, remedy, cause }: StoreFailure & { remedy: string }): AppError {
  return new AppError('artifact_missing', `${store} refused ${key}: ${answer}; ${remedy}.`, {
    details: { store, key, answer },
    cause,
    retryable: true,
  })
}

/** The error of a store that cannot answer now, but may later: after `retryAfterMs`, if it says so. */
export function unanswered(failure: StoreFailure & { retryAfterMs?: number | undefined }): AppError {
  const { store, key, answer, retryAfterMs, cause } = failure
  return new AppError('upstream_failed', `${store} did not serve ${key}: ${answer}; try again later.`, {
    details: { store, key, answer, retryAfterMs },
    cause,
  })
}
