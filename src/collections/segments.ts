import { type Context, createContext } from '../context.ts'
import { encodeSegment, readSegment, type SegmentParts } from '../formats/collection-segment.ts'
import type { Store, WritableStore } from '../storage/store.ts'
import { readFile, writeFile } from './files.ts'
import { encodeIdIndex } from './id-index.ts'
import { keyOf, type SegmentEntry } from './manifest.ts'
import { rowOfSegment } from './rows.ts'
import type { SearchedSegment } from './search.ts'

/** Writes a segment and the index of its ids under the names of their contents. */
export async function writeSegment(
  store: WritableStore,
  name: string,
  parts: SegmentParts & { readonly ids: readonly string[] },
  context: Context,
): Promise<SegmentEntry> {
  const file = await writeFile(store, name, encodeSegment(parts), context)
  const ids = await writeFile(store, name, encodeIdIndex(parts.ids), context)
  return { ...file, rows: parts.lines.length, ids }
}

/** Writes which rows of a segment count no more: one bit a row. */
export async function writeRemoved(
  store: WritableStore,
  name: string,
  entry: SegmentEntry,
  removed: ReadonlySet<number>,
  context: Context,
): Promise<SegmentEntry> {
  const bits = new Uint8Array(Math.ceil(entry.rows / 8))
  for (const row of removed) bits[row >> 3]! |= 1 << (row & 7)
  const file = await writeFile(store, name, bits, context)
  return { ...entry, removed: { ...file, rows: removed.size } }
}

/**
 * Reads a segment with what was removed from it, each file held against its hash.
 *
 * @param known the same segment in memory, of which then only the removed rows are read
 * @throws AppError `artifact_missing`, `artifact_corrupt`, and as the store does
 */
export async function loadSegment(
  store: Store,
  name: string,
  entry: SegmentEntry,
  context: Context = createContext(),
  known?: SearchedSegment['segment'],
): Promise<SearchedSegment> {
  const segment = known ?? readSegment(await readFile(store, name, entry, context), keyOf(name, entry.key))
  const gone = await loadRemoved(store, name, entry, context)
  if (gone.size === 0) return { segment }
  const removed = new Float32Array(entry.rows)
  for (const row of gone) removed[row] = Number.NEGATIVE_INFINITY
  return { segment, removed }
}

/** The rows that count, one segment in memory at a time. */
export async function* readRows(
  store: Store,
  name: string,
  entries: readonly SegmentEntry[],
  context: Context,
): AsyncGenerator<ReturnType<typeof rowOfSegment>> {
  for (const entry of entries) {
    const { segment, removed } = await loadSegment(store, name, entry, context)
    for (let row = 0; row < entry.rows; row++) if (!removed?.[row]) yield rowOfSegment(segment, row)
  }
}

/** The rows of a segment that count no more. */
export async function loadRemoved(
  store: Store,
  name: string,
  { rows, removed }: SegmentEntry,
  context: Context,
): Promise<Set<number>> {
  const gone = new Set<number>()
  if (!removed) return gone
  const bits = await readFile(store, name, removed, context)
  for (let row = 0; row < rows; row++) if (bits[row >> 3]! & (1 << (row & 7))) gone.add(row)
  return gone
}
