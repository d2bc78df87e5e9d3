import type { SourceRecord } from '../../formats/record.ts'

/** Records that become one output shard, and where the next one begins. */
export interface RecordGroup {
  readonly records: readonly SourceRecord[]
  readonly next: { readonly start: number; readonly index: number; readonly line: number }
  /** Whether no record follows. */
  readonly last: boolean
}

/** How much one shard takes. */
export interface GroupLimits {
  readonly records: number
  /** Bytes of records, as `sizeOf` counts them; a larger one gets a group of its own. */
  readonly bytes: number
  sizeOf(record: SourceRecord): number
}

/** Bytes of a record that lies in the text of its file. */
export function writtenSize({ start, end }: SourceRecord): number {
  return end - start
}

/** About the bytes of a record that is packed together with others. */
export function textSize({ fields = {} }: SourceRecord): number {
  let bytes = 0
  for (const value of Object.values(fields)) bytes += typeof value === 'string' ? value.length : 8
  return bytes
}

/**
 * Records in groups of at most `limits`. Where a group ends depends on its records alone, never on time: workers that
 * meet on one object cut it in the same places, and so does one that continues.
 */
export async function* groupRecords(
  records: AsyncIterable<SourceRecord>,
  limits: GroupLimits,
): AsyncGenerator<RecordGroup, void> {
  let group: SourceRecord[] = []
  let bytes = 0
  for await (const record of records) {
    const more = limits.sizeOf(record)
    if (group.length > 0 && (group.length >= limits.records || bytes + more > limits.bytes)) {
      const { start, index, line } = record
      yield { records: group, next: { start, index, line }, last: false }
      group = []
      bytes = 0
    }
    group.push(record)
    bytes += more
  }
  const end = group.at(-1)
  if (end)
    yield { records: group, next: { start: end.end, index: end.index + 1, line: end.line + 1 }, last: true }
}

/** The same items, of which one is asked for ahead of time. Leaving early ends the source. */
export async function* readAhead<T>(items: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = items.next()
  try {
    for (;;) {
      const { value, done } = await next
      if (done) return
      next = items.next()
      // It fails where it is awaited, if ever.
      next.catch(() => {})
      yield value
    }
  } finally {
    await items.return().catch(() => {})
  }
}
