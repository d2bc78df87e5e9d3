import type { Seen, SourceRecord } from '../../../formats/record.ts'

/** Records that follow each other and belong in one output shard. */
export interface RecordGroup {
  readonly records: readonly SourceRecord[]
  /** Set when the shard is complete. */
  readonly end?: ShardEnd
}

/** Where the next shard begins. */
export interface ShardEnd {
  readonly next: { readonly start: number; readonly index: number; readonly line: number }
  /** Whether no record follows. */
  readonly last: boolean
  /** Blank lines among and behind the records of the shard. */
  readonly blankLines: number
}

/** How much one shard takes. */
export interface ShardLimits {
  readonly records: number
  /** Bytes of records, as `sizeOf` counts them; a larger one gets a shard of its own. */
  readonly bytes: number
  sizeOf(record: SourceRecord): number
}

/**
 * Short records come in groups of this many: there are tens of thousands a second, and those that live on until their
 * shard ends are copied to the old generation of V8's heap, which then grows. Long ones keep together to the end of
 * their shard, because the model is 4 % faster when it can sort thousands of mixed lengths than hundreds.
 */
export const GROUP_RECORDS = 512
const SHORT_BYTES = 256

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
 * Records in groups, each the next part of a shard of at most `limits`. Where a shard ends depends on its records
 * alone, never on time: workers that meet on one object cut it in the same places, and so does one that continues.
 *
 * @param seen what the reader of the records has passed over so far
 */
export async function* groupRecords(
  records: AsyncIterable<SourceRecord>,
  limits: ShardLimits,
  seen: Seen = { blankLines: 0 },
): AsyncGenerator<RecordGroup, void> {
  let group: SourceRecord[] = []
  let groupBytes = 0
  let shard = { records: 0, bytes: 0 }
  let counted = 0
  const blankLines = () => {
    const more = seen.blankLines - counted
    counted = seen.blankLines
    return more
  }
  for await (const record of records) {
    const bytes = limits.sizeOf(record)
    if (shard.records >= limits.records || (shard.records > 0 && shard.bytes + bytes > limits.bytes)) {
      const { start, index, line } = record
      yield { records: group, end: { next: { start, index, line }, last: false, blankLines: blankLines() } }
      group = []
      groupBytes = 0
      shard = { records: 0, bytes: 0 }
    } else if (group.length >= GROUP_RECORDS && groupBytes < group.length * SHORT_BYTES) {
      yield { records: group }
      group = []
      groupBytes = 0
    }
    group.push(record)
    groupBytes += bytes
    shard.records++
    shard.bytes += bytes
  }
  const last = group.at(-1)
  if (!last) return
  const next = { start: last.end, index: last.index + 1, line: last.line + 1 }
  yield { records: group, end: { next, last: true, blankLines: blankLines() } }
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
