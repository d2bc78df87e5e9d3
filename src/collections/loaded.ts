import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Context, throwIfDone } from '../context.ts'
import type { Condition } from './conditions.ts'
import { type CollectionManifest, liveRows } from './manifest.ts'
import { fieldsOf } from './rows.ts'
import type { SearchedSegment } from './search.ts'
import { loadSegment } from './segments.ts'
import type { ListableStore } from './versions.ts'

/** Which rows count. Filters with the same `key` keep the same rows, and are asked once. */
export interface RowFilter {
  readonly key: string
  /** The same by the name of the field, for engines that judge rows where they lie. */
  readonly conditions?: Readonly<Record<string, Condition>> | undefined
  keeps(fields: Readonly<Record<string, unknown>>): boolean
  /** Sentences about all rows; read after the last row was judged. */
  notes?(): readonly string[]
}

/** What a filter left of a collection. */
interface Kept {
  readonly segments: readonly SearchedSegment[]
  /** Rows that the filter left out. */
  readonly excluded: number
  readonly notes: readonly string[]
}

/** One version of a collection in memory. */
export interface LoadedCollection {
  readonly manifest: CollectionManifest
  readonly segments: readonly SearchedSegment[]
  /** Rows that count. */
  readonly rows: number
  /** What filters left of it, by their keys, the latest last. */
  readonly kept: Map<string, Kept>
}

/** Bytes that a version takes in memory, without what its filters keep. */
export function bytesOf({ segments }: CollectionManifest): number {
  return segments.reduce((sum, { bytes, rows, removed }) => sum + bytes + (removed ? rows * 4 : 0), 0)
}

/** Reads a version; segments that `before`, another version of the same collection, has in memory are taken from it. */
export async function loadCollection(
  store: ListableStore,
  name: string,
  manifest: CollectionManifest,
  before: LoadedCollection | undefined,
  context: Context,
): Promise<LoadedCollection> {
  const known = new Map(
    before?.manifest.segments.map(({ key }, index) => [key, before.segments[index]!.segment]),
  )
  const segments: SearchedSegment[] = []
  for (const entry of manifest.segments)
    segments.push(await loadSegment(store, name, entry, context, known.get(entry.key)))
  return { manifest, segments, rows: liveRows(manifest), kept: new Map() }
}

/** Filters whose outcome is kept per collection, and what their marks may take beside the collection itself. */
const MOST_FILTERS = 32
const MOST_MARKS_SHARE = 0.25
/** Rows that are judged before other work of this thread has its turn: some 4 ms. */
const ROWS_PER_TURN = 4096

/** Bytes of the marks of all filters that are kept. */
export function markBytesOf({ kept, segments }: LoadedCollection): number {
  return kept.size * segments.reduce((sum, { segment }) => sum + segment.rows * 4, 0)
}

/**
 * The segments with the rows that a filter leaves out marked as removed.
 *
 * @throws AppError `deadline_exceeded`
 */
export async function applyFilter(
  loaded: LoadedCollection,
  filter: RowFilter,
  context: Context,
): Promise<Kept> {
  const { segments, kept, manifest } = loaded
  const known = kept.get(filter.key)
  if (known) return known
  const marked: SearchedSegment[] = []
  let excluded = 0
  for (const { segment, removed } of segments) {
    const marks = removed ? Float32Array.from(removed) : new Float32Array(segment.rows)
    for (let row = 0; row < segment.rows; row++) {
      if (row % ROWS_PER_TURN === ROWS_PER_TURN - 1) {
        await nextTurn()
        throwIfDone(context)
      }
      if (marks[row] !== 0 || filter.keeps(fieldsOf(segment, row).fields)) continue
      marks[row] = Number.NEGATIVE_INFINITY
      excluded++
    }
    marked.push({ segment, removed: marks })
  }
  const outcome = { segments: marked, excluded, notes: filter.notes?.() ?? [] }
  kept.set(filter.key, outcome)
  const room = bytesOf(manifest) * MOST_MARKS_SHARE
  while (kept.size > MOST_FILTERS || (kept.size > 1 && markBytesOf(loaded) > room))
    kept.delete(kept.keys().next().value!)
  return outcome
}
