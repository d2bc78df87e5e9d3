import { type Context, createContext } from '../context.ts'
import { AppError, invalid } from '../errors.ts'
import type { CollectionEncoding } from '../formats/collection-segment.ts'
import { stringifyExactJson } from '../formats/exact-json.ts'
import { sameDocuments } from '../models/catalog/learned.ts'
import type { WritableStore } from '../storage/store.ts'
import { brokenId, isBroken } from './broken-text.ts'
import {
  type CollectionManifest,
  type CollectionModel,
  describeModel,
  type SegmentEntry,
} from './manifest.ts'
import { withoutIds, withoutRows } from './removal.ts'
import { noCollection } from './required.ts'
import { writeSegment } from './segments.ts'
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
  /** What becomes of an id that occurs again among the rows: an error (when absent), or the last one counts. */
  readonly repeatedIds?: 'refuse' | 'last' | undefined
  /** Most rows of one segment. */
  readonly segmentRows?: number | undefined
  /** About the most bytes of one segment. */
  readonly segmentBytes?: number | undefined
}

type Stored = Pick<CollectionManifest, 'encoding'>

/** Searched in some milliseconds, after which other work has its turn. */
const SEGMENT_ROWS = 65_536
/** Bounds memory when texts are long: 65,536 rows of 10 kB would be 0.7 GB, and twice that while they are written. */
const SEGMENT_BYTES = 64 * 1024 * 1024

/** Writes rows as a collection of their own, or in the place of one; readers see the old one until then. */
export async function buildCollection(
  store: WritableStore,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  settings: WriteSettings,
  context: Context = createContext(),
): Promise<CollectionManifest> {
  const { model, encoding = 'float32' } = settings
  const { segments } = await writeRows(store, name, rows, { ...settings, encoding }, context)
  return await commit(store, name, async () => ({ model, encoding, segments }), context, {
    overDamaged: true,
  })
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
  context: Context = createContext(),
): Promise<CollectionManifest> {
  const there = await readLatest(store, name, context)
  const { model, encoding = there?.encoding ?? 'float32' } = settings
  if (there) requireSameModel(name, there, { model, encoding })
  const { segments, ids } = await writeRows(store, name, rows, { ...settings, encoding }, context)
  const change = async (previous: CollectionManifest | undefined) => {
    // Another writer may have been first to make the collection.
    if (previous) requireSameModel(name, previous, { model, encoding })
    const kept = await withoutIds(store, name, previous?.segments ?? [], ids, context)
    // What made the first rows stays on record: what is added has the same vectors.
    return { model: previous?.model ?? model, encoding, segments: [...kept.segments, ...segments] }
  }
  return await commit(store, name, change, context)
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
  context: Context = createContext(),
): Promise<{ manifest: CollectionManifest; removed: number }> {
  let removed = 0
  // No row has such an id; in UTF-8 it would be that of another one.
  const whole = new Set([...ids].filter((id) => !isBroken(id)))
  const change = async (previous: CollectionManifest | undefined) => {
    if (!previous) throw noCollection(store.name, name)
    const { model, encoding, segments } = previous
    const kept = await withoutIds(store, name, segments, whole, context)
    removed = kept.removed
    return { model, encoding, segments: kept.segments }
  }
  const manifest = await commit(store, name, change, context)
  return { manifest, removed }
}

/**
 * Writes rows into segments, bounded by rows and by bytes. Nothing names them yet.
 *
 * @throws AppError `invalid_request` for a vector of another width or of zeros alone, and for an id that occurs again
 */
export async function writeRows(
  store: WritableStore,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  settings: WriteSettings & Stored,
  context: Context,
): Promise<{ segments: SegmentEntry[]; ids: ReadonlySet<string> }> {
  const { model, encoding, segmentRows = SEGMENT_ROWS, segmentBytes = SEGMENT_BYTES } = settings
  const segments: SegmentEntry[] = []
  const places = new Map<string, number>()
  const replaced = new Set<number>()
  let [waiting, lines, bytes, count]: [CollectionRow[], string[], number, number] = [[], [], 0, 0]
  const flush = async () => {
    if (waiting.length === 0) return
    const parts = { encoding, columns: model.dimensions, vectors: join(waiting, model.dimensions), lines }
    segments.push(await writeSegment(store, name, { ...parts, ids: waiting.map(({ id }) => id) }, context))
    ;[waiting, lines, bytes] = [[], [], 0]
  }
  for await (const row of rows) {
    requireRow(row, model.dimensions)
    const before = places.get(row.id)
    if (before !== undefined && settings.repeatedIds !== 'last') throw repeatedId(row.id)
    if (before !== undefined) replaced.add(before)
    places.set(row.id, count++)
    waiting.push(row)
    lines.push(stringifyExactJson({ ...row.fields, id: row.id }))
    bytes += row.vector.byteLength + lines.at(-1)!.length
    if (waiting.length === segmentRows || bytes >= segmentBytes) await flush()
  }
  await flush()
  return {
    segments: await withoutRows(store, name, segments, replaced, context),
    ids: new Set(places.keys()),
  }
}

/** Vectors one after another. */
function join(rows: readonly CollectionRow[], dimensions: number): Float32Array {
  const vectors = new Float32Array(rows.length * dimensions)
  for (const [row, { vector }] of rows.entries()) vectors.set(vector, row * dimensions)
  return vectors
}

/** The error of an id that two rows have. */
export function repeatedId(id: string): AppError {
  return new AppError(
    'invalid_request',
    `The id "${id}" occurs twice; give each row its own, or let the last one count (repeatedIds "last", --repeated-ids last).`,
    { details: { field: 'id', id } },
  )
}

/**
 * Refuses what no search could find, or would find as another row.
 *
 * @throws AppError `invalid_request` for a vector of another width, of no numbers, or of zeros alone, and for an id with
 * half of a character
 */
export function requireRow({ id, vector }: CollectionRow, dimensions: number): void {
  if (isBroken(id)) throw brokenId(id)
  if (vector.length === dimensions && vector.every(Number.isFinite)) {
    if (vector.some((value) => value !== 0)) return
    throw new AppError(
      'invalid_request',
      `The vector of row "${id}" has only zeros, which point nowhere; no search would ever find it; leave the row out.`,
      { details: { field: 'vector', id } },
    )
  }
  throw new AppError(
    'invalid_request',
    `The vector of row "${id}" has ${vector.length} values; expected ${dimensions} finite numbers.`,
    { details: { field: 'vector', id } },
  )
}

function requireSameModel(
  name: string,
  { model, encoding }: CollectionManifest,
  wanted: Pick<WriteSettings, 'model'> & Stored,
): void {
  const same = sameDocuments(model, wanted.model) && model.dimensions === wanted.model.dimensions
  if (same && encoding === wanted.encoding) return
  throw invalid(
    'model',
    `Collection ${name} holds ${encoding} vectors of ${describeModel(model)}; expected the same of what is added, got ${wanted.encoding} of ${describeModel(wanted.model)}; vectors of two models cannot be compared: re-embed its rows, that is build it anew.`,
  )
}
