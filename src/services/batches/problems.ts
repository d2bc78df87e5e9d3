import type { AppError } from '../../errors.ts'
import type { BatchProblem } from './shapes.ts'

/** Files of the service that settings are said to come from are no field of a caller's. */
const FIELD = /^[\w.[\]]{1,64}$/

/** An error as OpenAI lists it among those of a batch. */
export function problemOf({
  code,
  message,
  details,
}: Pick<AppError, 'code' | 'message' | 'details'>): BatchProblem {
  const { field, line } = details
  const param = typeof field === 'string' && FIELD.test(field) ? field : null
  return { code, message, param, line: typeof line === 'number' ? line : null }
}
