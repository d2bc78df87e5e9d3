import type { Context } from '../context.ts'
import type { WritableStore } from '../storage/store.ts'
import { findRows } from './id-index.ts'
import type { SegmentEntry } from './manifest.ts'
import { fieldsOf } from './rows.ts'
import { loadRemoved, loadSegment, writeRemoved } from './segments.ts'

/** Segments with some rows marked as removed, and how many of them are new. */
interface Removal {
  readonly segments: SegmentEntry[]
  readonly removed: number
}

/** The segments with the rows of these ids marked as removed; of most only pieces of their indexes are read. */
export async function withoutIds(
  store: WritableStore,
  name: string,
  entries: readonly SegmentEntry[],
  ids: ReadonlySet<string>,
  context: Context,
): Promise<Removal> {
  const segments: SegmentEntry[] = []
  let removed = 0
  for (const entry of entries) {
    const rows = await findIds(store, name, entry, ids, context)
    const changed = rows.length === 0 ? entry : await mark(store, name, entry, rows, context)
    removed += (changed.removed?.rows ?? 0) - (entry.removed?.rows ?? 0)
    segments.push(changed)
  }
  return { segments, removed }
}

/** The segments with rows marked as removed that are told by their positions among all of them. */
export async function withoutRows(
  store: WritableStore,
  name: string,
  entries: readonly SegmentEntry[],
  gone: ReadonlySet<number>,
  context: Context,
): Promise<SegmentEntry[]> {
  if (gone.size === 0) return [...entries]
  const segments: SegmentEntry[] = []
  let start = 0
  for (const entry of entries) {
    const rows = Array.from({ length: entry.rows }, (_, row) => row).filter((row) => gone.has(start + row))
    segments.push(rows.length === 0 ? entry : await mark(store, name, entry, rows, context))
    start += entry.rows
  }
  return segments
}

async function mark(
  store: WritableStore,
  name: string,
  entry: SegmentEntry,
  rows: readonly number[],
  context: Context,
): Promise<SegmentEntry> {
  const gone = await loadRemoved(store, name, entry, context)
  const before = gone.size
  for (const row of rows) gone.add(row)
  return gone.size === before ? entry : writeRemoved(store, name, entry, gone, context)
}

async function findIds(
  store: WritableStore,
  name: string,
  entry: SegmentEntry,
  ids: ReadonlySet<string>,
  context: Context,
): Promise<number[]> {
  const { ids: index } = entry
  if (index) return findRows(store, name, { ...entry, ids: index }, ids, context)
  // A segment from before there were indexes.
  const { segment } = await loadSegment(store, name, entry, context)
  return Array.from({ length: segment.rows }, (_, row) => row).filter((row) =>
    ids.has(fieldsOf(segment, row).id),
  )
}
