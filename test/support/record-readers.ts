import { createContext } from '../../src/context.ts'
import type { ByteSource } from '../../src/formats/byte-source.ts'
import { createRecordReader, type RecordOptions } from '../../src/formats/open-records.ts'
import type { ReadFrom, SourceRecord } from '../../src/formats/record.ts'
import type { TextFormat } from '../../src/formats/text-records.ts'

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

/** The records of a text, by default from its beginning and in small chunks. */
export async function readAll(
  format: TextFormat,
  text: string | Uint8Array,
  {
    from = BEGINNING,
    chunkBytes = 7,
    ...options
  }: RecordOptions & { from?: ReadFrom; chunkBytes?: number } = {},
): Promise<SourceRecord[]> {
  const reader = createRecordReader(format, sourceOf(text, chunkBytes), options)
  const records: SourceRecord[] = []
  for await (const record of reader.read(from, createContext())) records.push(record)
  return records
}

/** Their columns. */
export const fieldsOf = (records: readonly SourceRecord[]) => records.map(({ fields }) => fields)
/** Why they cannot be read. */
export const problemsOf = (records: readonly SourceRecord[]) => records.map(({ problem }) => problem)
