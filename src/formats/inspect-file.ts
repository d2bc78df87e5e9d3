import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { ByteSource } from './byte-source.ts'
import { decideCharset } from './charset.ts'
import type { FileFormat, FileLayout, TextFormat, UnclosedQuote } from './file-layout.ts'
import { type NamedFormat, readName } from './file-name.ts'
import { compressionOf, refuseForeign, refuseForeignText } from './foreign.ts'
import { MAX_RECORD_BYTES } from './open-records.ts'
import { openParquet } from './parquet/source.ts'
import { readSample, type Sample } from './sample.ts'
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
  const compression = compressionOf(head.bytes, hints.compression ?? named.compression)
  const format = hints.format ?? named.format
  if (compression === 'none') refuseForeign(head.bytes, format, named.ending)
  if (format === 'parquet' && compression === 'none') return inspectParquet(source)
  const known = requireFormat(format, named, head.bytes.length)
  for (const bytes of [SAMPLE_BYTES, MAX_RECORD_BYTES + SAMPLE_BYTES]) {
    const sample = await readSample(source, compression, bytes)
    if (compression !== 'none') refuseForeign(sample.bytes, format, named.ending)
    const found = await inspectText(sample, known, compression, hints, context)
    if (found) return found
  }
  throw new AppError(
    'invalid_request',
    `The first record or header of the file has more than ${MAX_RECORD_BYTES} bytes and no end; expected lines; correct the file, or name its format in the setting format.`,
    { details: { field: 'format' } },
  )
}

/** `undefined` when the sample ends within the header or first record. */
async function inspectText(
  sample: Sample,
  format: TextFormat,
  compression: Compression,
  hints: FileHints,
  context: Context,
): Promise<InspectedFile | undefined> {
  const charset = decideCharset(sample, hints.charset)
  const text = await charset.decode(sample.bytes)
  refuseForeignText(text, hints.format)
  const { unclosedQuote } = hints
  const base = { format, compression, charset: charset.name, ...(unclosedQuote && { unclosedQuote }) }
  return decideTextLayout({ bytes: text, whole: sample.whole }, base, hints, context)
}

async function inspectParquet(source: ByteSource): Promise<InspectedFile> {
  const { columns } = await openParquet(source)
  const layout: FileLayout = { format: 'parquet', compression: 'none', charset: 'utf-8', columns }
  return { layout, names: columns, records: [], whole: false }
}

function requireFormat(format: FileFormat | undefined, { ending }: NamedFormat, bytes: number): TextFormat {
  if (format === 'parquet') {
    throw new AppError(
      'invalid_request',
      'A Parquet file is read from its end, and cannot be when it is packed; send it as it is.',
      { details: { field: 'compression' } },
    )
  }
  if (format !== undefined || bytes === 0) return format ?? 'lines'
  const what = ending === '' ? 'has no ending' : `ends with .${ending.slice(0, 20)}`
  throw new AppError(
    'invalid_request',
    `The name of the file ${what}, which tells no format; expected .csv, .tsv, .jsonl, .json, .parquet, or .txt for plain lines; rename the file, or name its format in the setting format.`,
    { details: { field: 'format' } },
  )
}
