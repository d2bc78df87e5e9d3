import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { createLeasePool, type Lease } from '../models/lru.ts'
import { type Manifest, vectorRevision } from '../models/manifest.ts'
import { type CollectionManifest, checkName } from './manifest.ts'
import { fieldsOf } from './rows.ts'
import { createScorer } from './scorer.ts'
import { type SearchedSegment, searchSegments } from './search.ts'
import { loadSegment } from './segments.ts'
import { type ListableStore, readLatest } from './versions.ts'

/** What is looked for in a collection. */
export interface CollectionQuery {
  readonly name: string
  /** What made the queries: the collection's vectors must be of the same. */
  readonly model: Manifest
  /** Of length 1. */
  readonly queries: readonly Float32Array[]
  /** Most rows for each query. */
  readonly count: number
  readonly filter?: RowFilter | undefined
}

/** Which rows count. Filters with the same `key` keep the same rows, and are asked once. */
export interface RowFilter {
  readonly key: string
  keeps(fields: Readonly<Record<string, unknown>>): boolean
  /** Sentences about all rows, asked for once each of them was. */
  notes?(): readonly string[]
}

/** A row that was found. */
export interface Found {
  readonly id: string
  readonly index: number
  readonly score: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** What was found, best first, one list a query. */
export interface CollectionAnswer {
  readonly version: number
  readonly rows: number
  readonly found: readonly (readonly Found[])[]
  /** Rows that the filter left out. */
  readonly excluded: number
  /** What the filter noticed. */
  readonly notes: readonly string[]
}

/** The collections of one store, in memory while there is room. */
export interface Collections {
  /**
   * @throws AppError `invalid_request` for a collection that is not there or of another model, `artifact_corrupt` or
   * `artifact_missing` for one that is damaged, `model_too_large` for one that never fits
   */
  find(query: CollectionQuery, context: Context): Promise<CollectionAnswer>
  close(): Promise<void>
}

/** What collections are made of. */
export interface CollectionsParts {
  readonly store: ListableStore
  readonly budgetBytes: number
  readonly threads: number
  /** How long a version counts as the newest before the store is asked again. */
  readonly freshMs?: number
}

interface Loaded {
  readonly manifest: CollectionManifest
  readonly segments: readonly SearchedSegment[]
  readonly rows: number
  /** What filters left of it, by their keys. */
  readonly kept: Map<string, Kept>
}

interface Kept {
  readonly segments: readonly SearchedSegment[]
  /** Rows that the filter left out. */
  readonly excluded: number
  readonly notes: readonly string[]
}

const FRESH_MS = 10_000
/** Filters whose outcome is kept per collection. */
const MOST_FILTERS = 32

/** Opens the collections of a store; nothing is read before one is asked for. */
export function createCollections(parts: CollectionsParts): Collections {
  const { store, budgetBytes, threads, freshMs = FRESH_MS } = parts
  const pool = createLeasePool<Loaded>(budgetBytes)
  const scorer = createScorer(threads)
  const newest = new Map<string, { readonly manifest: CollectionManifest; readonly until: number }>()

  const newestOf = async (name: string, context: Context): Promise<CollectionManifest> => {
    const known = newest.get(name)
    if (known && Date.now() < known.until) return known.manifest
    const manifest = await readLatest(store, name, context)
    if (!manifest) throw unknownCollection(store, name)
    newest.set(name, { manifest, until: Date.now() + freshMs })
    return manifest
  }
  const lease = (name: string, manifest: CollectionManifest, context: Context): Promise<Lease<Loaded>> => {
    const bytes = manifest.segments.reduce((sum, segment) => sum + segment.bytes, 0)
    return pool.acquire(`${name}@${manifest.version}`, bytes, {
      load: () => load(store, name, manifest, context),
      release: async () => {},
    })
  }

  return {
    async find({ name, model, queries, count, filter }, context) {
      const manifest = await newestOf(checkName(name), context)
      requireModel(name, manifest, model)
      const { value: loaded, release } = await lease(name, manifest, context)
      try {
        const { segments, excluded, notes } = filter
          ? keptBy(loaded, filter)
          : { ...loaded, excluded: 0, notes: [] }
        const found: Found[][] = []
        for (const query of queries) {
          const hits = await searchSegments(segments, query, count, { scorer, context })
          found.push(
            hits.map(({ segment, row, index, score }) => ({ ...fieldsOf(segment, row), index, score })),
          )
        }
        return { version: manifest.version, rows: loaded.rows, found, excluded, notes }
      } finally {
        release()
      }
    },
    async close() {
      await pool.close()
      await scorer.close()
    },
  }
}

async function load(
  store: ListableStore,
  name: string,
  manifest: CollectionManifest,
  context: Context,
): Promise<Loaded> {
  const segments: SearchedSegment[] = []
  for (const entry of manifest.segments) segments.push(await loadSegment(store, name, entry, context))
  const rows = manifest.segments.reduce((sum, entry) => sum + entry.rows - (entry.removed?.rows ?? 0), 0)
  return { manifest, segments, rows, kept: new Map() }
}

/** The segments with the rows that a filter leaves out marked as removed. */
function keptBy({ segments, kept }: Loaded, filter: RowFilter): Kept {
  const known = kept.get(filter.key)
  if (known) return known
  let excluded = 0
  const marked = segments.map(({ segment, removed }) => {
    const marks = removed ? Float32Array.from(removed) : new Float32Array(segment.rows)
    for (let row = 0; row < segment.rows; row++) {
      if (marks[row] !== 0 || filter.keeps(fieldsOf(segment, row).fields)) continue
      marks[row] = Number.NEGATIVE_INFINITY
      excluded++
    }
    return { segment, removed: marks }
  })
  if (kept.size >= MOST_FILTERS) kept.delete(kept.keys().next().value!)
  const outcome = { segments: marked, excluded, notes: filter.notes?.() ?? [] }
  kept.set(filter.key, outcome)
  return outcome
}

function requireModel(name: string, { model }: CollectionManifest, asked: Manifest): void {
  const { id, precision, dimensions } = asked
  const revision = vectorRevision(asked)
  const same =
    model.id === id &&
    model.revision === revision &&
    model.precision === precision &&
    model.dimensions === dimensions
  if (same) return
  throw new AppError(
    'invalid_request',
    `Collection ${name} was made by ${model.id}@${model.revision} (${model.precision}, ${model.dimensions} dimensions), the query by ${id}@${revision} (${precision}, ${dimensions} dimensions); ask for model ${model.id}, or build the collection anew.`,
    { details: { field: 'model', expected: model.id, got: id } },
  )
}

function unknownCollection(store: ListableStore, name: string): AppError {
  return new AppError(
    'invalid_request',
    `${store.name} has no collection ${name}; build it by "npm run collections -- build", or correct its name.`,
    { details: { field: 'candidates.collection', collection: name } },
  )
}
