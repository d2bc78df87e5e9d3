import { type Context, throwIfDone } from '../context.ts'
import { AppError } from '../errors.ts'
import { type ByteSource, type Chunks, sliceChunks } from './byte-source.ts'
import { createCsvFinder } from './csv.ts'
import type { EndFinder } from './end-finder.ts'
import { type FileLayout, isSeekable } from './file-layout.ts'
import { createValueFinder, type ValueFinder } from './json-list.ts'
import { createLineFinder } from './line-ends.ts'
import type { ReadFrom, RecordReader, SourceRecord } from './record.ts'
import { createSplitter, type RawRecord } from './splitter.ts'
import { isBlank, parserOf, toRecord } from './text-parse.ts'
import { transcode } from './transcode.ts'
import { unpack } from './unpack.ts'

/** Where a record of a text begins: its first byte, its position among the records, its line from 1. */
export interface RecordPlace {
  readonly start: number
  readonly index: number
  readonly line: number
}

/** A text with the way to read it. */
interface TextFile {
  readonly layout: FileLayout
  readonly source: ByteSource
  /** A longer record becomes one that cannot be read. */
  readonly maxRecordBytes: number
}

/** A raw record with the line on which it begins, and how many blank lines lie before. */
interface Placed {
  readonly raw: RawRecord
  readonly line: number
  readonly blankLines: number
}

/** What a chunk has: records, and blank lines behind the last of them. */
interface Batch {
  readonly placed: readonly Placed[]
  readonly blankLines: number
}

/** Records of a text. LF, CR and CRLF end lines; a blank line is no record, and is counted. */
export function readTextRecords(file: TextFile): RecordReader {
  return {
    async *read(from, context, seen = { blankLines: 0 }) {
      const parse = parserOf(file.layout)
      let { index } = from
      if (from.start === 0) seen.blankLines += file.layout.first?.blankLines ?? 0
      for await (const batch of splitAll(file, from)) {
        throwIfDone(context)
        for (const { raw, line, blankLines } of batch.placed) {
          const { start, end } = raw
          const record = toRecord(raw, parse, file.layout, file.maxRecordBytes)
          seen.blankLines += blankLines
          yield { index: index++, line, start, end, ...record } satisfies SourceRecord
        }
        seen.blankLines += batch.blankLines
      }
    },
  }
}

/**
 * Places at which a text can be cut, each that of the first record at `everyBytes` or more behind the one before. The
 * whole text is read, nothing of it is parsed. The first record is no place to cut at.
 *
 * @throws AppError `invalid_request` where reading its records would throw it
 */
export async function* findTextPlaces(
  file: TextFile,
  everyBytes: number,
  context: Context,
): AsyncGenerator<RecordPlace, void> {
  let [index, wanted] = [0, everyBytes]
  for await (const { placed } of splitAll(file, { start: 0, line: 1 })) {
    throwIfDone(context)
    for (const { raw, line } of placed) {
      if (index > 0 && raw.start >= wanted) {
        yield { start: raw.start, index, line }
        wanted = raw.start + everyBytes
      }
      index++
    }
  }
}

/** The raw records of a text that are no blank lines, as many at once as a chunk has. */
async function* splitAll(
  { layout, source, maxRecordBytes }: TextFile,
  from: Pick<ReadFrom, 'start' | 'line' | 'end'>,
): AsyncGenerator<Batch, void> {
  const place = from.start === 0 && layout.first ? layout.first : from
  const end = from.end ?? Number.MAX_SAFE_INTEGER
  const finder = finderOf(layout)
  const splitter = createSplitter(finder, place.start, maxRecordBytes)
  let { line } = place
  const sort = (raws: readonly RawRecord[]): Batch => {
    const placed: Placed[] = []
    let blankLines = 0
    for (const raw of raws) {
      refuseBroken(layout, raw, line)
      if (isBlank(raw, layout.delimiter)) blankLines++
      else {
        placed.push({ raw, line, blankLines })
        blankLines = 0
      }
      line += raw.lines
    }
    return { placed, blankLines: layout.format === 'json' ? 0 : blankLines }
  }
  for await (const chunk of textOf(layout, source, place.start, end)) yield sort(splitter.push(chunk))
  yield sort(splitter.finish())
  if (layout.format === 'json' && end >= source.bytes) refuseTorn(finder as ValueFinder, line)
}

function finderOf(layout: FileLayout): EndFinder {
  if (layout.format === 'json') return createValueFinder(layout.list === true)
  return layout.delimiter ? createCsvFinder(layout.delimiter.charCodeAt(0)) : createLineFinder()
}

/** What is packed, or in another encoding, cannot be entered in the middle: it is read from its beginning. */
async function* textOf(layout: FileLayout, source: ByteSource, start: number, end: number): Chunks {
  const { compression, charset } = layout
  if (isSeekable(layout)) return yield* await source.read(start, Math.min(end, source.bytes))
  const bytes: Chunks = chunksOf(source)
  const text = compression === 'none' ? bytes : unpack(bytes, compression)
  yield* sliceChunks(charset === 'utf-8' ? text : transcode(text, charset), start, end)
}

async function* chunksOf(source: ByteSource): Chunks {
  yield* await source.read(0, source.bytes)
}

function refuseBroken({ format, unclosedQuote }: FileLayout, { unclosed }: RawRecord, line: number): void {
  if (unclosed === undefined) return
  if (format === 'json') {
    throw refused(
      `Line ${line + unclosed} goes on where a comma or the end of the list should be, or behind that end; expected one list of records; put commas between records, and one list in a file, or write JSON lines.`,
      line + unclosed,
    )
  }
  if (unclosedQuote === 'row') return
  throw refused(
    `The quote that begins a field in line ${line + unclosed} is never closed, or not within 8 MB; close it, double quotes that are text, or let such rows be errors with the setting unclosedQuote: "row".`,
    line + unclosed,
  )
}

function refuseTorn(finder: ValueFinder, line: number): void {
  if (finder.mayEnd()) return
  throw refused(
    `The file ends in the middle of a record or list that reaches to line ${line}; expected whole JSON; write and send it again.`,
    line,
  )
}

function refused(message: string, line: number): AppError {
  return new AppError('invalid_request', message, { details: { line } })
}
