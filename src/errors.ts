/** The closed list of error codes. HTTP statuses are chosen from it in `src/http/errors.ts` alone. */
export const ERROR_CODES = [
  'invalid_request',
  'empty_input',
  'unauthorized',
  'unknown_model',
  'unsupported_task',
  'input_too_long',
  'payload_too_large',
  'overloaded',
  'artifact_missing',
  'artifact_corrupt',
  'model_too_large',
  'runtime_missing',
  'inference_failed',
  'upstream_failed',
  'deadline_exceeded',
  'internal',
] as const

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number]

const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'overloaded',
  'artifact_corrupt',
  'upstream_failed',
  'deadline_exceeded',
])

/** Facts that travel with an error: plain JSON values, never input text. `field` names a request field path. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/**
 * The only error that one layer throws to another. Its message is a sentence: who, what, expected, got, remedy.
 * `retryable` says whether the same call may succeed later without any change.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails
  readonly retryable: boolean

  /** @param options.retryable when the same call cannot succeed later although its code says so */
  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: ErrorDetails; cause?: unknown; retryable?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details ?? {}
    this.retryable = options.retryable ?? RETRYABLE.has(code)
  }
}

/** The `invalid_request` of one field, which `details.field` names as the caller does. */
export function invalid(field: string, message: string): AppError {
  return new AppError('invalid_request', message, { details: { field } })
}

/** Returns `error` when it is an `AppError`, and otherwise an `internal` one that keeps it as its cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  return new AppError('internal', 'The service failed unexpectedly; the cause is in its log.', {
    cause: error,
  })
}
