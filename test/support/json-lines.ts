import { buffer } from 'node:stream/consumers'
import type { ReadFrom, RecordReader, SourceRecord } from '../../src/formats/record.ts'
import type { Store } from '../../src/storage/store.ts'

/** A reader of JSON lines that counts what it has read, as simple as can be. */
export function createJsonLinesReader(
  store: Store,
  key: string,
): RecordReader & { readonly starts: number[] } {
  const starts: number[] = []
  return {
    starts,
    async *read({ start, index, line, end = Number.MAX_SAFE_INTEGER }: ReadFrom) {
      starts.push(start)
      const bytes = await buffer(await store.read(key, { start, end }))
      let [position, number] = [0, 0]
      while (position < bytes.length) {
        const found = bytes.indexOf('\n', position)
        const stop = found < 0 ? bytes.length : found + 1
        const raw = bytes.subarray(position, found < 0 ? stop : found).toString()
        const place = { start: start + position, end: start + stop }
        yield { index: index + number, line: line + number, ...place, raw, ...parse(raw) }
        position = stop
        number++
      }
    },
  }
}

function parse(raw: string): Pick<SourceRecord, 'fields' | 'problem'> {
  try {
    return { fields: JSON.parse(raw) as Record<string, unknown> }
  } catch {
    return { fields: undefined, problem: 'The line is no JSON.' }
  }
}
