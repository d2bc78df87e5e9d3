import { isUtf8 } from 'node:buffer'
import { foldName } from './column-names.ts'
import { parseCsvRecord } from './csv.ts'
import type { FileLayout } from './file-layout.ts'
import { parseJsonElement, parseJsonLine, parseJsonValue } from './json-text.ts'
import { CARRIAGE_RETURN, LINE_FEED } from './line-ends.ts'
import type { SourceRecord } from './record.ts'
import type { RawRecord } from './splitter.ts'

/** What came of the text of one record. */
type Parsed = Pick<SourceRecord, 'fields' | 'problem'>

/** Makes a record's columns of its text. */
type ParseText = (text: string, lines: number) => Parsed

const BYTE_ORDER_MARK = '\uFEFF'
const LONGEST_RAW = 4096

/** How the records of a text become columns. */
export function parserOf({ format, columns = [], delimiter = ',', list }: FileLayout): ParseText {
  if (format === 'lines') return (text) => ({ fields: { text } })
  if (format === 'jsonl') return parseJsonLine
  if (format === 'json') return list ? parseJsonElement : parseJsonValue
  return (text, lines) => parseRow(columns, parseCsvRecord(text, delimiter), lines)
}

/** The text of a record without its line end and, at the beginning of a file, without the byte order mark. */
export function textOfRecord({ bytes, start }: RawRecord): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  const end = text.endsWith('\r\n') ? -2 : /[\r\n]$/.test(text) ? -1 : text.length
  return text.slice(start === 0 && text.startsWith(BYTE_ORDER_MARK) ? 1 : 0, end)
}

/**
 * Whether a record is a blank line, which is no row. White space that parts the fields of a row is none: such a row has
 * fields. Nearly all records say so with their first byte.
 */
export function isBlank(raw: RawRecord, delimiter: string | undefined): boolean {
  const first = raw.bytes[0]!
  if (raw.bytes.length === 1 && (first === LINE_FEED || first === CARRIAGE_RETURN)) return true
  if ((first > 32 && first < 128) || raw.tooLong || !isUtf8(raw.bytes)) return false
  const text = textOfRecord(raw)
  return text.trim() === '' && (delimiter === undefined || !text.includes(delimiter))
}

/** The columns of a record, or why it cannot be read; `raw` is the text as it was written, cut. */
export function toRecord(
  raw: RawRecord,
  parse: ParseText,
  { charset }: Pick<FileLayout, 'charset'>,
  maxRecordBytes: number,
): Parsed & { readonly raw: string } {
  const text = textOfRecord(raw)
  const cut = text.slice(0, LONGEST_RAW)
  if (raw.unclosed !== undefined) {
    const problem = 'The row has a quote that is never closed; close it, or double a quote that is text.'
    return unreadable(cut, problem)
  }
  if (raw.tooLong) {
    const problem = `The row has ${raw.end - raw.start} bytes; expected at most ${maxRecordBytes}; shorten it.`
    return unreadable(cut, problem)
  }
  if (!isUtf8(raw.bytes)) return unreadable(cut, notIn(charset))
  return { ...parse(text, raw.lines), raw: cut }
}

/** Why bytes could not be read. */
function notIn(charset: string): string {
  const name = charset === 'utf-8' ? 'UTF-8' : charset
  return `The row is not ${name}, as the rest of the file; correct it, or name the file's encoding in the setting charset.`
}

function unreadable(raw: string, problem: string) {
  return { fields: undefined, problem, raw }
}

function parseRow(columns: readonly string[], values: string[] | undefined, lines: number): Parsed {
  if (!values) {
    return { fields: undefined, problem: 'The quotes of the row do not fit; double a quote that is text.' }
  }
  if (values.length !== columns.length) {
    const over = lines > 1 ? ` over ${lines} lines` : ''
    const problem = `The row has ${values.length} ${values.length === 1 ? 'field' : 'fields'}${over}; expected ${columns.length}, as in the header; quote fields that have the delimiter in them.`
    return { fields: undefined, problem }
  }
  if (isHeader(columns, values)) {
    return {
      fields: undefined,
      problem: 'The row repeats the header, as files do that were joined; remove it.',
    }
  }
  return { fields: Object.fromEntries(values.map((value, index) => [columns[index], value])) }
}

/** In a file of one column a text may well be its name. */
function isHeader(columns: readonly string[], values: readonly string[]): boolean {
  return columns.length > 1 && columns.every((name, index) => foldName(values[index]!) === foldName(name))
}
