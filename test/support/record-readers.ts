import { createContext } from '../../src/context.ts'
import type { ByteSource } from '../../src/formats/byte-source.ts'
import type { FileLayout, TextFormat } from '../../src/formats/file-layout.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import type { ReadFrom, SourceRecord } from '../../src/formats/record.ts'
import { readSample } from '../../src/formats/sample.ts'
import { decideTextLayout } from '../../src/formats/text-layout.ts'
import type { Compression } from '../../src/formats/unpack.ts'

/** Where every file begins. */
export const BEGINNING: ReadFrom = { start: 0, index: 0, line: 1 }

/** Bytes in memory, in chunks of a size, with a count of what was read. */
export function sourceOf(
  text: string | Uint8Array,
  chunkBytes = 7,
): ByteSource & { readonly read: ByteSource['read']; taken: number } {
  const bytes = Buffer.from(text as string)
  const source = {
    bytes: bytes.length,
    taken: 0,
    async *read(start: number, end: number) {
      for (let position = start; position < Math.min(end, bytes.length); position += chunkBytes) {
        const chunk = bytes.subarray(position, Math.min(position + chunkBytes, end))
        source.taken += chunk.length
        yield chunk
      }
    },
  }
  return source
}

/** How a test reads a text. */
interface ReadOptions extends Partial<Pick<FileLayout, 'compression' | 'unclosedQuote' | 'charset'>> {
  readonly from?: ReadFrom
  readonly chunkBytes?: number
  readonly maxRecordBytes?: number
}

/** A layout of a format that needs no header. */
export function plainLayout(format: FileLayout['format'], compression: Compression = 'none'): FileLayout {
  return { format, compression, charset: 'utf-8' }
}

/** A text of anything as the rows of a file: behind a header where the format has one. */
export function withHeader(format: TextFormat, text: string): string {
  return format === 'csv' ? `x,y\n${text}` : format === 'tsv' ? `x\ty\n${text}` : text
}

/** The layout of a text in UTF-8, as its header and first rows have it. */
export async function layoutOf(
  format: TextFormat,
  text: string | Uint8Array,
  { compression = 'none', unclosedQuote = 'fail', charset = 'utf-8' }: ReadOptions = {},
): Promise<FileLayout> {
  const sample = await readSample(sourceOf(text, 65_536), compression, 1 << 28)
  const base = { format, compression, charset, unclosedQuote }
  return (await decideTextLayout(sample, base, { format }, createContext()))!.layout
}

/** The records of a text, by default from its beginning and in small chunks. */
export async function readAll(
  format: TextFormat,
  text: string | Uint8Array,
  { from = BEGINNING, chunkBytes = 7, maxRecordBytes, ...how }: ReadOptions = {},
): Promise<SourceRecord[]> {
  const layout = await layoutOf(format, text, how)
  const reader = createRecordReader(layout, sourceOf(text, chunkBytes), {
    ...(maxRecordBytes !== undefined && { maxRecordBytes }),
  })
  const records: SourceRecord[] = []
  for await (const record of reader.read(from, createContext())) records.push(record)
  return records
}

/** Their columns. */
export const fieldsOf = (records: readonly SourceRecord[]) => records.map(({ fields }) => fields)
/** Why they cannot be read. */
export const problemsOf = (records: readonly SourceRecord[]) => records.map(({ problem }) => problem)
