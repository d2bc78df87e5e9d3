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
  deadline_exceeded: 504,
}

/** An `invalid_request` about the route rather than the body, which HTTP has statuses of its own for. */
export class RouteError extends AppError {
  readonly status: 404 | 405 | 415
  readonly headers: Readonly<Record<string, string>>

  constructor(status: 404 | 405 | 415, message: string, headers: Readonly<Record<string, string>> = {}) {
    super('invalid_request', message)
    this.status = status
    this.headers = headers
  }
}

/** The HTTP status of an error; the only place where one is chosen. */
export function statusOf(error: AppError): number {
  return error instanceof RouteError ? error.status : STATUS[error.code]
}

/** Headers that belong to an error. */
export function headersOf(error: AppError): Readonly<Record<string, string>> {
  if (error instanceof RouteError) return error.headers
  if (error.code === 'unauthorized') return { 'www-authenticate': 'Bearer' }
  if (error.code === 'overloaded') return { 'retry-after': '1' }
  return {}
}

/** Shapes the body of an error answer in the words of one dialect. */
export type ErrorBody = (error: AppError, requestId: string) => object

/** The project's own shape. */
export const nativeErrorBody: ErrorBody = (error, requestId) => ({
  error: {
    code: error.code,
    message: error.message,
    details: error.details,
    retryable: error.retryable,
    requestId,
  },
})

const OPENAI_CODES: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'invalid_api_key',
  unknown_model: 'model_not_found',
  overloaded: 'rate_limit_exceeded',
}

/** OpenAI's shape, nested under `error`, with its codes where it has some. */
export const openAiErrorBody: ErrorBody = (error) => {
  const { field } = error.details
  return {
    error: {
      message: error.message,
      type: openAiType(statusOf(error)),
      param: typeof field === 'string' ? field : null,
      code: OPENAI_CODES[error.code] ?? error.code,
    },
  }
}

function openAiType(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}
