import { AppError } from '../errors.ts'
import type { CollectionEncoding } from '../formats/collection-segment.ts'
import { stringifyExactJson } from '../formats/exact-json.ts'
import type { WritableStore } from '../storage/store.ts'
import { type CollectionManifest, type CollectionModel, keyOf, type SegmentEntry } from './manifest.ts'
import { fieldsOf, readRow } from './rows.ts'
import type { SearchedSegment } from './search.ts'
import { loadSegment, writeRemoved, writeSegment } from './segments.ts'
import { commit, readLatest } from './versions.ts'

/** A row to write. */
export interface CollectionRow {
  readonly id: string
  /** For filters and explanations. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Of length 1, so that products are cosines. */
  readonly vector: Float32Array
}

/** How a collection is written. */
export interface WriteSettings {
  readonly model: CollectionModel
  /** When absent, that of the collection which is there, or float32. */
  readonly encoding?: CollectionEncoding | undefined
  /** Most rows of one segment. */
  readonly segmentRows?: number
}

type Stored = Pick<CollectionManifest, 'encoding'>

/** Searched in some milliseconds, after which other work has its turn. */
const SEGMENT_ROWS = 65_536

/**
 * Writes rows as a collection of their own, or in the place of one; whoever reads it meanwhile sees the old one.
 */
export async function buildCollection(
  store: WritableStore,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  settings: WriteSettings,
): Promise<CollectionManifest> {
  const { model, encoding = 'float32' } = settings
  const { segments } = await writeRows(store, name, rows, { ...settings, encoding })
  return await commit(store, name, async () => ({ model, encoding, segments }))
}

/**
 * Adds rows; one whose id is there already takes the place of the old one.
 *
 * @throws AppError `invalid_request` when the rows are of another model than the collection
 */
export async function addRows(
  store: WritableStore,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  settings: WriteSettings,
): Promise<CollectionManifest> {
  const there = await readLatest(store, name)
  const { model, encoding = there?.encoding ?? 'float32' } = settings
  if (there) requireSameModel(name, there, { model, encoding })
  const { segments, ids } = await writeRows(store, name, rows, { ...settings, encoding })
  return await commit(store, name, async (previous) => {
    // Another writer may have been first to make the collection.
    if (previous) requireSameModel(name, previous, { model, encoding })
    const kept = await withoutIds(store, name, previous?.segments ?? [], ids)
    return { model, encoding, segments: [...kept.segments, ...segments] }
  })
}

/**
 * Takes rows out by their ids. The rows' bytes stay until the collection is compacted.
 *
 * @returns the new version and how many rows were taken out
 * @throws AppError `invalid_request` when there is no such collection
 */
export async function removeRows(
  store: WritableStore,
  name: string,
  ids: ReadonlySet<string>,
): Promise<{ manifest: CollectionManifest; removed: number }> {
  let removed = 0
  const manifest = await commit(store, name, async (previous) => {
    const { model, encoding, segments } = previous ?? unknown(store, name)
    const kept = await withoutIds(store, name, segments, ids)
    removed = kept.removed
    return { model, encoding, segments: kept.segments }
  })
  return { manifest, removed }
}

/**
 * Writes the rows that count into new segments, and deletes files that no version needs but the last two: whoever
 * still reads the one before may finish.
 */
export async function compactCollection(
  store: WritableStore,
  name: string,
  segmentRows = SEGMENT_ROWS,
): Promise<CollectionManifest> {
  const before = (await readLatest(store, name)) ?? unknown(store, name)
  const manifest = await commit(store, name, async (previous) => {
    const { model, encoding, segments } = previous ?? unknown(store, name)
    const rows = readRows(store, name, segments)
    const written = await writeRows(store, name, rows, { model, encoding, segmentRows })
    return { model, encoding, segments: written.segments }
  })
  const needed = new Set([...filesOf(before), ...filesOf(manifest)].map((key) => keyOf(name, key)))
  for await (const key of store.list(keyOf(name, 'segments/'))) if (!needed.has(key)) await store.remove(key)
  for await (const key of store.list(keyOf(name, 'versions/'))) {
    if (Number(/(\d+)\.json$/.exec(key)?.[1]) < before.version) await store.remove(key)
  }
  return manifest
}

function filesOf({ segments }: CollectionManifest): string[] {
  return segments.flatMap(({ key, removed }) => (removed ? [key, removed.key] : [key]))
}

async function* readRows(
  store: WritableStore,
  name: string,
  entries: readonly SegmentEntry[],
): AsyncGenerator<CollectionRow> {
  for (const entry of entries) {
    const loaded = await loadSegment(store, name, entry)
    for (let row = 0; row < entry.rows; row++) if (!loaded.removed?.[row]) yield readRow(loaded.segment, row)
  }
}

async function writeRows(
  store: WritableStore,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  { model: { dimensions }, encoding, segmentRows = SEGMENT_ROWS }: WriteSettings & Stored,
): Promise<{ segments: SegmentEntry[]; ids: Set<string> }> {
  const segments: SegmentEntry[] = []
  const ids = new Set<string>()
  let waiting: CollectionRow[] = []
  const flush = async () => {
    if (waiting.length === 0) return
    const vectors = new Float32Array(waiting.length * dimensions)
    waiting.forEach(({ vector }, row) => {
      vectors.set(vector, row * dimensions)
    })
    const lines = waiting.map(({ id, fields }) => stringifyExactJson({ ...fields, id }))
    segments.push(await writeSegment(store, name, { encoding, columns: dimensions, vectors, lines }))
    waiting = []
  }
  for await (const row of rows) {
    requireRow(row, ids, dimensions)
    ids.add(row.id)
    if (waiting.push(row) === segmentRows) await flush()
  }
  await flush()
  return { segments, ids }
}

function requireRow({ id, vector }: CollectionRow, ids: ReadonlySet<string>, dimensions: number): void {
  if (ids.has(id)) {
    throw new AppError('invalid_request', `The id "${id}" occurs twice; give each row its own.`, {
      details: { field: 'id', id },
    })
  }
  if (vector.length === dimensions && vector.every(Number.isFinite)) return
  throw new AppError(
    'invalid_request',
    `The vector of row "${id}" has ${vector.length} values; expected ${dimensions} finite numbers.`,
    { details: { field: 'vector', id } },
  )
}

/** The segments with the rows of these ids marked as removed. */
async function withoutIds(
  store: WritableStore,
  name: string,
  entries: readonly SegmentEntry[],
  ids: ReadonlySet<string>,
): Promise<{ segments: SegmentEntry[]; removed: number }> {
  const segments: SegmentEntry[] = []
  let removed = 0
  for (const entry of entries) {
    const loaded = await loadSegment(store, name, entry)
    const gone = new Set(rowsOf(loaded, ids))
    removed += gone.size
    for (let row = 0; row < entry.rows; row++) if (loaded.removed?.[row]) gone.add(row)
    const changed = gone.size > (entry.removed?.rows ?? 0)
    segments.push(changed ? await writeRemoved(store, name, entry, gone) : entry)
  }
  return { segments, removed }
}

function rowsOf({ segment, removed }: SearchedSegment, ids: ReadonlySet<string>): number[] {
  const rows: number[] = []
  for (let row = 0; row < segment.rows; row++) {
    if (!removed?.[row] && ids.has(fieldsOf(segment, row).id)) rows.push(row)
  }
  return rows
}

function requireSameModel(
  name: string,
  { model, encoding }: CollectionManifest,
  wanted: Pick<WriteSettings, 'model'> & Stored,
): void {
  if (JSON.stringify(model) === JSON.stringify(wanted.model) && encoding === wanted.encoding) return
  throw new AppError(
    'invalid_request',
    `Collection ${name} holds ${encoding} vectors of ${model.id}@${model.revision} (${model.precision}, ${model.dimensions} dimensions); expected the same of what is added, got ${wanted.encoding} of ${wanted.model.id}@${wanted.model.revision} (${wanted.model.precision}, ${wanted.model.dimensions} dimensions); build it anew.`,
    { details: { field: 'model' } },
  )
}

function unknown(store: WritableStore, name: string): never {
  throw new AppError('invalid_request', `${store.name} has no collection ${name}; build it first.`, {
    details: { field: 'candidates.collection', collection: name },
  })
}
