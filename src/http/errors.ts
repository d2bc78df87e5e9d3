import { AppError, type ErrorCode } from '../errors.ts'

const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  empty_input: 400,
  unauthorized: 401,
  unknown_model: 404,
  input_too_long: 413,
  payload_too_large: 413,
  unsupported_task: 422,
  overloaded: 429,
  inference_failed: 500,
  internal: 500,
  upstream_failed: 502,
  artifact_missing: 503,
  artifact_corrupt: 503,
  model_too_large: 503,
  runtime_missing: 503,
  deadline_exceeded: 504,
}

type RouteStatus = 400 | 404 | 405 | 408 | 415 | 417 | 431

/** An `invalid_request` about the route or the head rather than the body, which HTTP has statuses of its own for. */
export class RouteError extends AppError {
  readonly status: RouteStatus
  readonly headers: Readonly<Record<string, string>>

  constructor(status: RouteStatus, message: string, headers: Readonly<Record<string, string>> = {}) {
    super('invalid_request', message)
    this.status = status
    this.headers = headers
  }
}

/** The client closed the connection before its answer. That is no failure, and neither logged nor counted as one. */
export class ClientLeft extends AppError {
  constructor(options: { cause?: unknown } = {}) {
    super('deadline_exceeded', 'The client closed the connection before it had its answer.', options)
  }
}

/** The status that proxies log for a client that left; nobody receives it. */
export const CLIENT_LEFT_STATUS = 499

/** Headers that belong to an error. */
export function headersOf(error: AppError): Readonly<Record<string, string>> {
  if (error instanceof RouteError) return error.headers
  if (error.code === 'unauthorized') return { 'www-authenticate': 'Bearer' }
  if (error.code === 'overloaded') return { 'retry-after': String(retryAfterOf(error)) }
  return {}
}

/** Seconds until there is likely to be room again, where the error knows. */
function retryAfterOf({ details: { retryAfterSeconds } }: AppError): number {
  return typeof retryAfterSeconds === 'number' ? retryAfterSeconds : 1
}

/** How the clients of one interface hear of errors. Statuses are chosen in this file alone. */
export interface Dialect {
  statusOf(error: AppError): number
  bodyOf(error: AppError, requestId: string): object
}

function statusOf(error: AppError): number {
  return error instanceof RouteError ? error.status : STATUS[error.code]
}

/** The dialect of the project's own routes: code, message, details, whether to try again. */
export const nativeDialect: Dialect = {
  statusOf,
  bodyOf: ({ code, message, details, retryable }, requestId) => ({
    error: { code, message, details, retryable, requestId },
  }),
}

const OPENAI_CODES: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'invalid_api_key',
  unknown_model: 'model_not_found',
  overloaded: 'rate_limit_exceeded',
}

/** OpenAI's: nested under `error`, with its codes where it has some. */
export const openAiDialect: Dialect = {
  statusOf,
  bodyOf: (error) => ({
    error: {
      message: error.message,
      type: openAiType(statusOf(error)),
      param: typeof error.details.field === 'string' ? error.details.field : null,
      code: OPENAI_CODES[error.code] ?? error.code,
    },
  }),
}

function openAiType(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

const TEI_STATUS = { Empty: 400, Validation: 422, Backend: 424, Overloaded: 429, Unhealthy: 503 } as const

/**
 * Text Embeddings Inference's: flat, with its own error types and the statuses of its code. It answers 413 to what is
 * too long or too many, and 422 to what it cannot read.
 */
export const teiDialect: Dialect = {
  statusOf(error) {
    if (error instanceof RouteError || error.code === 'unauthorized') return statusOf(error)
    if (error.code === 'input_too_long' || error.code === 'payload_too_large') return statusOf(error)
    return TEI_STATUS[teiType(error)]
  },
  bodyOf: (error) => ({ error: error.message, error_type: teiType(error) }),
}

function teiType(error: AppError): keyof typeof TEI_STATUS {
  if (error.code === 'empty_input') return 'Empty'
  if (error.code === 'overloaded') return 'Overloaded'
  const status = statusOf(error)
  if (status === 503) return 'Unhealthy'
  return status < 500 && error.code !== 'unsupported_task' ? 'Validation' : 'Backend'
}

/** Cohere's: an id and a message. */
export const cohereDialect: Dialect = {
  statusOf,
  bodyOf: ({ message }, requestId) => ({ id: requestId, message }),
}
