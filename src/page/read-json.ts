import { ExactNumber, parseExactJson } from '../formats/exact-json.ts'
import { parseJsonLine } from '../formats/json-text.ts'
import { isRecord } from '../is-record.ts'

/** Rows by the fields of the text, and those that could not be read. */
export interface ReadRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** By the line they begin on, counted from 1; without one where a parser does not tell it. */
  readonly problems: readonly { readonly line?: number; readonly message: string }[]
}

/**
 * The rows of a JSON text: of a list, of the one list in an object, of one object, or of lines with an object each. A
 * text in a list is a row with the field `text`. Numbers that no double holds become texts of their digits.
 */
export function readJsonRows(text: string): ReadRows {
  let value: unknown
  try {
    value = parseExactJson(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return readLines(text, (error as Error).message)
  }
  const items = Array.isArray(value) ? value : listIn(value)
  const rows: Record<string, unknown>[] = []
  const problems: { line: number; message: string }[] = []
  items.forEach((item, index) => {
    if (typeof item === 'string') rows.push({ text: item })
    else if (isRecord(item)) rows.push(plain(item) as Record<string, unknown>)
    else problems.push({ line: index + 1, message: `Item ${index + 1} is neither a text nor an object.` })
  })
  return { rows, problems }
}

/** `{"resumes": […]}` is its list; any other object is one resume. */
function listIn(value: unknown): unknown[] {
  if (!isRecord(value)) return [value]
  const [only, ...more] = Object.values(value)
  return more.length === 0 && Array.isArray(only) && only.some(isRecord) ? only : [value]
}

function readLines(text: string, reason: string): ReadRows {
  const rows: Record<string, unknown>[] = []
  const problems: { line: number; message: string }[] = []
  text.split(/\r\n|\r|\n/).forEach((line, index) => {
    if (line.trim() === '') return
    const { fields, problem } = parseJsonLine(line)
    if (fields) rows.push(plain(fields) as Record<string, unknown>)
    else problems.push({ line: index + 1, message: problem! })
  })
  if (rows.length > 0) return { rows, problems }
  const line = lineOf(text, reason)
  return {
    rows,
    problems: [{ ...(line !== undefined && { line }), message: `The text is no JSON: ${reason}.` }],
  }
}

/** The line of a parser's complaint, where it gives the position in the text or a line of its own. */
function lineOf(text: string, reason: string): number | undefined {
  const line = /line (\d+)/.exec(reason)?.[1]
  if (line !== undefined) return Number(line)
  const position = /position (\d+)/.exec(reason)?.[1]
  return position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length
}

function plain(value: unknown): unknown {
  if (value instanceof ExactNumber) return value.toString()
  if (Array.isArray(value)) return value.map(plain)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}
