import { isUtf8 } from 'node:buffer'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { nameColumns } from './column-names.ts'
import { createCsvFinder, parseCsvRecord } from './csv.ts'
import { findDelimiter, separatorLine } from './delimiter.ts'
import type { FileLayout } from './file-layout.ts'
import { jsonLayout } from './json-layout.ts'
import { MAX_RECORD_BYTES } from './open-records.ts'
import type { SourceRecord } from './record.ts'
import { type Sample, sourceOfBytes } from './sample.ts'
import { createSplitter, type RawRecord } from './splitter.ts'
import { isBlank, textOfRecord } from './text-parse.ts'
import { readTextRecords } from './text-records.ts'

/** What the beginning of a file holds. */
export interface TextFound {
  /** Names of the columns as the header has them, or as the first records do. */
  readonly names: readonly string[]
  /** The first records. */
  readonly records: readonly SourceRecord[]
  /** Whether that are all records of the file. */
  readonly whole: boolean
}

/** So many records are looked at. */
const FIRST_RECORDS = 1000

/**
 * The layout of a text and its first records.
 *
 * @param sample the beginning of the text in UTF-8
 * @param base what is known already
 * @returns `undefined` when the sample ends within the header or first record
 */
export async function decideTextLayout(
  sample: Sample,
  base: FileLayout,
  settings: { readonly delimiter?: string | undefined; readonly format?: unknown },
  context: Context,
): Promise<(TextFound & { readonly layout: FileLayout }) | undefined> {
  const { format } = base
  if (format === 'csv' || format === 'tsv') {
    const header = readHeader(sample, format, settings.delimiter)
    if (!header) return undefined
    const layout = { ...base, ...header.layout }
    const first = await firstRecords(sample, layout, context)
    return { ...first, layout, names: header.names }
  }
  const layout = format === 'lines' ? base : jsonLayout(sample, base, settings.format !== undefined)
  const first = await firstRecords(sample, layout, context)
  // A first line that is too long is an error row; the column of plain lines is known without it.
  if (format !== 'lines' && first.records.length === 0 && !first.whole) return undefined
  const names = format === 'lines' ? ['text'] : namesOf(first.records)
  return { ...first, layout: { ...layout, columns: names }, names }
}

/** The names of all records, in the order in which they come. */
function namesOf(records: readonly SourceRecord[]): string[] {
  return [...new Set(records.flatMap(({ fields }) => Object.keys(fields ?? {})))]
}

/** The first records that lie wholly in the sample. */
async function firstRecords(
  { bytes, whole, skipped }: Sample,
  layout: FileLayout,
  context: Context,
): Promise<Pick<TextFound, 'records' | 'whole'>> {
  const first = layout.first && { ...layout.first, start: layout.first.start - skipped.bytes }
  const plain: FileLayout = {
    ...layout,
    compression: 'none',
    charset: 'utf-8',
    unclosedQuote: 'row',
    ...(first && { first }),
  }
  // Told of one byte more than there is, the reader does not take the end of a sample for that of the file.
  const source = { ...sourceOfBytes(bytes), bytes: bytes.length + (whole ? 0 : 1) }
  const records: SourceRecord[] = []
  const reader = readTextRecords({ layout: plain, source, maxRecordBytes: MAX_RECORD_BYTES })
  const beginning = { start: 0, index: 0, line: 1 + skipped.lines, end: bytes.length }
  for await (const record of reader.read(beginning, context)) {
    if (!whole && record.end >= bytes.length) break
    if (records.length === FIRST_RECORDS) return { records, whole: false }
    records.push(record)
  }
  return { records, whole }
}

interface Header {
  readonly names: readonly string[]
  readonly layout: Pick<FileLayout, 'columns' | 'delimiter' | 'first'>
}

function readHeader(sample: Sample, format: 'csv' | 'tsv', given: string | undefined): Header | undefined {
  const skipped = separatorLine(sample.bytes)
  const behind = { ...sample, bytes: sample.bytes.subarray(skipped?.end ?? 0) }
  const delimiter = given ?? skipped?.delimiter ?? findDelimiter(behind, format)
  let line = 1 + sample.skipped.lines
  let blankLines = sample.skipped.lines
  for (const raw of headerRecords(sample, delimiter)) {
    line += raw.lines
    if (raw.end <= (skipped?.end ?? 0)) continue
    if (isBlank(raw, delimiter)) {
      blankLines++
      continue
    }
    if (!sample.whole && raw.end >= sample.bytes.length) return undefined
    const names = namesIn(raw, delimiter)
    return {
      names,
      layout: {
        columns: nameColumns(names),
        delimiter,
        first: { start: sample.skipped.bytes + raw.end, line, blankLines },
      },
    }
  }
  return sample.whole ? { names: [], layout: { columns: [], delimiter } } : undefined
}

/** The raw records of the sample, in small steps, since the header is among the first. */
function* headerRecords({ bytes }: Sample, delimiter: string): Generator<RawRecord, void> {
  const splitter = createSplitter(createCsvFinder(delimiter.charCodeAt(0)), 0, MAX_RECORD_BYTES)
  for (let start = 0; start < bytes.length; start += 4096)
    yield* splitter.push(bytes.subarray(start, start + 4096))
  yield* splitter.finish()
}

function namesIn(raw: RawRecord, delimiter: string): string[] {
  const names = parseCsvRecord(textOfRecord(raw), delimiter)
  if (!isUtf8(raw.bytes)) {
    throw refused(
      'The header has bytes that are no text in its encoding; name the encoding of the file in the setting charset.',
    )
  }
  if (!names || raw.unclosed !== undefined) {
    throw refused('The quotes of the header do not fit; close them, and double a quote that is text.')
  }
  return names
}

function refused(message: string): AppError {
  return new AppError('invalid_request', message, { details: { line: 1 } })
}
