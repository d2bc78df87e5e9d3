import { type Context, throwIfDone } from '../context.ts'
import type { ByteSource } from './open-records.ts'
import type { RecordReader, SourceRecord } from './record.ts'

const LONGEST_RAW = 4096
const NEWLINE = 10

/** Lines, plain or JSON, of a file that is not packed. */
export function readTextRecords(
  format: 'lines' | 'jsonl',
  source: ByteSource,
  maxRecordBytes = 8 * 1024 * 1024,
): RecordReader {
  return {
    async *read({ start, index, line, end = source.bytes }, context: Context) {
      let rest: Uint8Array = new Uint8Array()
      let [position, number] = [start, 0]
      const record = (bytes: Uint8Array, to: number): SourceRecord => {
        const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
          .toString()
          .replace(/\r?\n$/, '')
          .replace(/^\uFEFF/, '')
        const place = { index: index + number, line: line + number, start: position, end: to }
        position = to
        number++
        return { ...place, raw: text.slice(0, LONGEST_RAW), ...parse(text, format) }
      }
      for await (const chunk of await source.read(start, end)) {
        throwIfDone(context)
        let from = 0
        for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
          const piece = chunk.subarray(from, at + 1)
          const whole = rest.length > 0 ? Buffer.concat([rest, piece]) : piece
          rest = new Uint8Array()
          yield record(whole.subarray(0, maxRecordBytes), position + whole.length)
          from = at + 1
        }
        rest = rest.length > 0 ? Buffer.concat([rest, chunk.subarray(from)]) : chunk.slice(from)
      }
      if (rest.length > 0) yield record(rest, position + rest.length)
    },
  }
}

function parse(text: string, format: 'lines' | 'jsonl'): Pick<SourceRecord, 'fields' | 'problem'> {
  if (format === 'lines') return { fields: { text } }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { fields: { ...value } }
  } catch {}
  return { fields: undefined, problem: 'The line is no JSON object.' }
}
