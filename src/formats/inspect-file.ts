import { isAscii } from 'node:buffer'
import type { Context } from '../context.ts'
import { invalid } from '../errors.ts'
import type { ByteSource } from './byte-source.ts'
import { decideCharset, decodeBytes } from './charset.ts'
import { isTable } from './delimiter.ts'
import type { FileFormat, FileLayout, TextFormat, UnclosedQuote } from './file-layout.ts'
import { type NamedFormat, readName } from './file-name.ts'
import { checkPacking, refuseDrawn, refuseForeign, refuseJson, refuseMarkup, refuseNulls } from './foreign.ts'
import { MAX_RECORD_BYTES } from './open-records.ts'
import { openParquet } from './parquet/source.ts'
import { readBeyondAscii, readSample, type Sample } from './sample.ts'
import { decideTextLayout, type TextFound } from './text-layout.ts'
import type { Compression } from './unpack.ts'

/** What is known of a file before its bytes are looked at: its name and the settings of its owner. */
export interface FileHints {
  /** Its key or name, for the endings. */
  readonly name: string
  readonly format?: FileFormat | undefined
  readonly compression?: Compression | undefined
  /** A label of `TextDecoder`. */
  readonly charset?: string | undefined
  readonly delimiter?: string | undefined
  readonly unclosedQuote?: UnclosedQuote | undefined
}

/** What a look at a file has shown. */
export interface InspectedFile extends TextFound {
  readonly layout: FileLayout
}

/** Bytes of the file that are looked at; more only where the first record is longer. */
const SAMPLE_BYTES = 1024 * 1024
const HEAD_BYTES = 4096
/** How far lines beyond ASCII are looked for: less than a second of reading, beside minutes of embedding. */
const ASCII_REACH_BYTES = 64 * 1024 * 1024

/**
 * Looks at the beginning of a file and decides how all of it is read.
 *
 * @throws AppError `invalid_request` for what cannot be read, or only by guess, with the remedy; what reading throws
 */
export async function inspectFile(
  source: ByteSource,
  hints: FileHints,
  context: Context,
): Promise<InspectedFile> {
  const named = readName(hints.name)
  const head = await readSample(source, 'none', HEAD_BYTES)
  const compression = hints.compression ?? named.compression
  checkPacking(head.bytes, compression)
  const format = hints.format ?? named.format
  if (compression === 'none') refuseForeign(head.bytes, format)
  if (format === 'parquet' && compression === 'none') return inspectParquet(source)
  if (format === undefined) refuseMarkup(head.bytes)
  const known = requireFormat(format, named, head.bytes.length)
  for (const bytes of [SAMPLE_BYTES, MAX_RECORD_BYTES + SAMPLE_BYTES]) {
    const sample = await readSample(source, compression, bytes)
    if (compression !== 'none') refuseForeign(sample.bytes, undefined)
    const charset = await findCharset(source, sample, compression, hints)
    const found = await inspectText(sample, { format: known, compression, charset }, hints, context)
    if (found) return found
  }
  throw invalid(
    'format',
    `The first record or header of the file has more than ${MAX_RECORD_BYTES} bytes and no end; expected lines; correct the file, or name its format in the setting format.`,
  )
}

/**
 * ASCII is the same in nearly all encodings: where the sample has nothing else, the first lines that have decide.
 */
async function findCharset(
  source: ByteSource,
  sample: Sample,
  compression: Compression,
  { charset }: FileHints,
): Promise<string> {
  if (charset !== undefined || sample.whole || !isAscii(sample.bytes)) return decideCharset(sample, charset)
  const reach = { most: SAMPLE_BYTES, reach: ASCII_REACH_BYTES }
  return decideCharset((await readBeyondAscii(source, compression, reach)) ?? sample, charset)
}

/** `undefined` when the sample ends within the header or first record. */
async function inspectText(
  sample: Sample,
  known: { readonly format: TextFormat; readonly compression: Compression; readonly charset: string },
  hints: FileHints,
  context: Context,
): Promise<InspectedFile | undefined> {
  const { format, charset } = known
  const text = await decodeBytes(sample.bytes, charset)
  refuseNulls(text)
  // Where the format is a setting, lines may be anything.
  if (hints.format === undefined) refuseMarkup(text)
  if (hints.format !== 'lines') refuseDrawn(text)
  if (hints.format === undefined && format !== 'json' && format !== 'jsonl') refuseJson(text)
  const { unclosedQuote } = hints
  const base = { ...known, ...(unclosedQuote && { unclosedQuote }) }
  const found = await decideTextLayout({ ...sample, bytes: text }, base, hints, context)
  if (found && format === 'lines' && hints.format === undefined) {
    refuseTable({ ...sample, bytes: text })
  }
  return found
}

/** Spreadsheets write tables into .txt files, too; as plain lines their header and numbers would be texts. */
function refuseTable(sample: Sample): void {
  if (!isTable(sample, '\t')) return
  throw invalid(
    'format',
    'The lines of the file have tabs between fields, as in a table that a spreadsheet wrote; set format to "tsv" if its first line has the names of columns, or to "lines" if each line is one text.',
  )
}

async function inspectParquet(source: ByteSource): Promise<InspectedFile> {
  const { columns } = await openParquet(source)
  const layout: FileLayout = { format: 'parquet', compression: 'none', charset: 'utf-8', columns }
  return { layout, names: columns, records: [], whole: false }
}

function requireFormat(format: FileFormat | undefined, { ending }: NamedFormat, bytes: number): TextFormat {
  if (format === 'parquet') {
    throw invalid(
      'compression',
      'A Parquet file is read from its end, and cannot be when it is packed; send it as it is.',
    )
  }
  if (format !== undefined || bytes === 0) return format ?? 'lines'
  const what = ending === '' ? 'has no ending' : `ends with .${ending.slice(0, 20)}`
  throw invalid(
    'format',
    `The name of the file ${what}, which tells no format; expected .csv, .tsv, .jsonl, .json, .parquet, or .txt for plain lines; rename the file, or name its format in the setting format.`,
  )
}
