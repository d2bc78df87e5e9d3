import { toAppError } from '../../errors.ts'
import { isRecord } from '../../is-record.ts'

/** The JSON object in a model's answer, with words or signs of Markdown around it or none; undefined where there is none. */
export function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a server refused what it was asked for, such as a schema: then it may serve a question that asks for less. */
export function isRefusal(error: unknown): boolean {
  const { code, retryable } = toAppError(error)
  return code === 'upstream_failed' && !retryable
}
