import { isRecord } from '../is-record.ts'
import { parseExactJson } from './exact-json.ts'
import type { SourceRecord } from './record.ts'
import { repeatedRowKey } from './repeated-key.ts'

type Parsed = Pick<SourceRecord, 'fields' | 'problem'>

/** The columns of one line of JSON lines: an object, nothing else. */
export function parseJsonLine(text: string): Parsed {
  // A mark at the beginning of the file is gone by now; files that were joined have one in each part.
  const { value, problem } = parse(text.replace(/^\uFEFF/, ''))
  if (problem) return { fields: undefined, problem: `The line ${problem}.` }
  if (isRecord(value)) return { fields: { ...value } }
  return { fields: undefined, problem: 'The line is no JSON object; expected one such as {"text": "…"}.' }
}

/** The columns of one element of a list, with the comma or bracket behind it: an object, or a text. */
export function parseJsonElement(text: string): Parsed {
  return parseJsonValue(withoutEnd(text))
}

/** The columns of one of the values that follow each other: an object, or a text. */
export function parseJsonValue(text: string): Parsed {
  const { value, problem } = parse(text)
  if (problem) return { fields: undefined, problem: `The record ${problem}.` }
  if (typeof value === 'string') return { fields: { text: value } }
  if (isRecord(value)) return { fields: { ...value } }
  return { fields: undefined, problem: 'The record is no JSON object; expected one such as {"text": "…"}.' }
}

/** An element alone; its own brackets stay: behind it stand a comma, or the bracket of the list, or both. */
function withoutEnd(text: string): string {
  const end = text.trimEnd()
  const inside = end.endsWith(']') ? end.slice(0, -1).trimEnd() : end
  return inside.endsWith(',') ? inside.slice(0, -1) : inside
}

function parse(text: string): { readonly value?: unknown; readonly problem?: string } {
  try {
    const value = parseExactJson(text)
    const twice = repeatedRowKey(text, value)
    if (twice === undefined) return { value }
    return { problem: `has the key ${JSON.stringify(twice)} twice; keep one of them` }
  } catch (error) {
    return { problem: `is no JSON: ${(error as Error).message.slice(0, 200)}` }
  }
}
