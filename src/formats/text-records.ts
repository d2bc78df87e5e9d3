import { isUtf8 } from 'node:buffer'
import { type Context, throwIfDone } from '../context.ts'
import { once } from '../once.ts'
import type { ByteSource } from './byte-source.ts'
import { createCsvEndFinder, delimiterOf, nameColumns, parseCsvRecord } from './csv.ts'
import { parseExactJson } from './exact-json.ts'
import type { ReadFrom, RecordReader, SourceRecord } from './record.ts'
import { createSplitter, type FindEnd, findLineEnd, type RawRecord } from './splitter.ts'
import { type Compression, sliceText, unpack } from './unpack.ts'

/** Formats whose records are lines of text, or nearly. */
export type TextFormat = 'lines' | 'jsonl' | 'csv' | 'tsv'

/** How a text is read. */
export interface TextOptions {
  readonly compression: Compression
  /** A longer record becomes one that cannot be read. */
  readonly maxRecordBytes: number
}

/** What the first line of a table says of the others. */
interface Header {
  readonly columns: readonly string[]
  readonly delimiter: string
  /** Where the first record begins. */
  readonly end: number
  readonly lines: number
}

/** What came of the text of one record; `undefined` for a blank line that is none. */
type Parsed = Pick<SourceRecord, 'fields' | 'problem'> | undefined

/**
 * Records of a text in UTF-8, with or without a byte order mark, its lines ending with LF or CRLF. Blank lines count
 * as records in plain lines alone.
 */
export function readTextRecords(format: TextFormat, source: ByteSource, options: TextOptions): RecordReader {
  const header = once(() => readHeader(format, source, options))
  return {
    async *read(from, context) {
      if (format === 'lines' || format === 'jsonl') {
        const parse = format === 'lines' ? parsePlain : parseJson
        yield* recordsOf(source, options, { from, parse, findEnd: findLineEnd }, context)
        return
      }
      const table = await header()
      const { columns, delimiter } = table
      const first = { ...from, start: table.end, line: 1 + table.lines }
      const findEnd = endFinderOf(format, delimiter)
      const split = format === 'csv' ? parseCsvRecord : splitTabs
      const parse = (text: string) => parseTable(text, columns, split(text, delimiter))
      yield* recordsOf(source, options, { from: from.start === 0 ? first : from, parse, findEnd }, context)
    },
  }
}

/** Where a record of a text begins: its first byte, its position among the records, its line from 1. */
export interface RecordPlace {
  readonly start: number
  readonly index: number
  readonly line: number
}

/**
 * Places at which a text can be cut, each that of the first record at `everyBytes` or more behind the one before. The
 * whole text is read, nothing of it is parsed. The first record is no place to cut at.
 */
export async function* findTextPlaces(
  format: TextFormat,
  source: ByteSource,
  options: TextOptions & { readonly everyBytes: number },
  context: Context,
): AsyncGenerator<RecordPlace, void> {
  const table = format === 'csv' || format === 'tsv' ? await readHeader(format, source, options) : undefined
  const findEnd = table ? endFinderOf(format, table.delimiter) : findLineEnd
  const blankCounts = format === 'lines' || table?.columns.length === 1
  let [index, line, wanted] = [0, 1 + (table?.lines ?? 0), options.everyBytes]
  for await (const raws of splitAll(source, options, { start: table?.end ?? 0 }, findEnd)) {
    throwIfDone(context)
    for (const raw of raws) {
      if (blankCounts || !isBlank(raw)) {
        if (index > 0 && raw.start >= wanted) {
          yield { start: raw.start, index, line }
          wanted = raw.start + options.everyBytes
        }
        index++
      }
      line += raw.lines
    }
  }
}

/** Whether a record is a blank line; nearly all others say so with their first byte. */
function isBlank(raw: RawRecord): boolean {
  const first = raw.bytes[0]!
  if ((first > 32 && first < 128) || raw.tooLong) return false
  return isUtf8(raw.bytes) && textOfRecord(raw).trim() === ''
}

function endFinderOf(format: TextFormat, delimiter: string): FindEnd {
  return format === 'csv' ? createCsvEndFinder(delimiter.charCodeAt(0)) : findLineEnd
}

function splitTabs(text: string): string[] {
  return text.split('\t')
}

interface Reading {
  readonly from: ReadFrom
  readonly findEnd: FindEnd
  parse(text: string): Parsed
}

async function* recordsOf(
  source: ByteSource,
  options: TextOptions,
  { from, findEnd, parse }: Reading,
  context: Context,
): AsyncGenerator<SourceRecord, void> {
  let { index, line } = from
  for await (const raws of splitAll(source, options, from, findEnd)) {
    throwIfDone(context)
    for (const raw of raws) {
      const record = toRecord(raw, parse, options)
      if (record) yield { index: index++, line, start: raw.start, end: raw.end, ...record }
      line += raw.lines
    }
  }
}

/** The raw records of a text, as many at once as a chunk has. */
async function* splitAll(
  source: ByteSource,
  { compression, maxRecordBytes }: TextOptions,
  { start, end = Number.MAX_SAFE_INTEGER }: Pick<ReadFrom, 'start' | 'end'>,
  findEnd: FindEnd,
): AsyncGenerator<RawRecord[], void> {
  const splitter = createSplitter(findEnd, start, maxRecordBytes)
  for await (const chunk of textOf(source, compression, start, end)) yield splitter.push(chunk)
  const rest = splitter.finish()
  if (rest) yield [rest]
}

/** What is packed cannot be entered in the middle: it is unpacked from its beginning and passed over. */
async function* textOf(
  source: ByteSource,
  compression: Compression,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  if (compression === 'none') yield* await source.read(start, Math.min(end, source.bytes))
  else yield* sliceText(unpack(await source.read(0, source.bytes), compression), start, end)
}

/** The whole first record; of a file without one, no columns. */
async function readHeader(format: TextFormat, source: ByteSource, options: TextOptions): Promise<Header> {
  const range = { start: 0, end: options.maxRecordBytes }
  // In a name of a column neither delimiter is usual, so that either finds the end of the header.
  for await (const [raw] of splitAll(source, options, range, endFinderOf(format, ','))) {
    if (!raw) continue
    const text = textOfRecord(raw)
    const delimiter = format === 'tsv' ? '\t' : delimiterOf(text)
    const names = (format === 'tsv' ? splitTabs(text) : parseCsvRecord(text, delimiter)) ?? [text]
    return { columns: nameColumns(names), delimiter, end: raw.end, lines: raw.lines }
  }
  return { columns: [], delimiter: ',', end: 0, lines: 0 }
}

const BYTE_ORDER_MARK = '\uFEFF'
const LONGEST_RAW = 4096

/** The text of a record without its line end and, at the beginning of a file, without the byte order mark. */
function textOfRecord({ bytes, start }: RawRecord): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  const end = text.endsWith('\r\n') ? -2 : text.endsWith('\n') ? -1 : text.length
  return text.slice(start === 0 && text.startsWith(BYTE_ORDER_MARK) ? 1 : 0, end)
}

function toRecord(
  raw: RawRecord,
  parse: (text: string) => Parsed,
  { maxRecordBytes }: TextOptions,
): (Pick<SourceRecord, 'fields' | 'problem'> & { readonly raw: string }) | undefined {
  const text = textOfRecord(raw)
  const cut = text.slice(0, LONGEST_RAW)
  if (raw.tooLong) {
    const bytes = raw.end - raw.start
    return unreadable(
      cut,
      `The row has ${bytes} bytes; expected at most ${maxRecordBytes}; shorten it, or close its quotes.`,
    )
  }
  if (!isUtf8(raw.bytes)) return unreadable(cut, 'The row is not UTF-8; write the file in that encoding.')
  const parsed = parse(text)
  return parsed && { ...parsed, raw: cut }
}

function unreadable(raw: string, problem: string) {
  return { fields: undefined, problem, raw }
}

function parsePlain(text: string): Parsed {
  return { fields: { text } }
}

function parseJson(text: string): Parsed {
  if (text.trim() === '') return undefined
  try {
    const value: unknown = parseExactJson(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { fields: { ...value } }
    return { fields: undefined, problem: 'The line is no JSON object; expected one such as {"text": "…"}.' }
  } catch (error) {
    const reason = (error as Error).message.slice(0, 200)
    return { fields: undefined, problem: `The line is no JSON: ${reason}.` }
  }
}

function parseTable(text: string, columns: readonly string[], values: string[] | undefined): Parsed {
  if (text.trim() === '' && columns.length > 1) return undefined
  if (!values) {
    return { fields: undefined, problem: 'The quotes of the row do not fit; double a quote that is text.' }
  }
  if (values.length !== columns.length) {
    const problem = `The row has ${values.length} fields; expected ${columns.length}, as in the header; quote fields that have the delimiter in them.`
    return { fields: undefined, problem }
  }
  return { fields: Object.fromEntries(values.map((value, index) => [columns[index], value])) }
}
