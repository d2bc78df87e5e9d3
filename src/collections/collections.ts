import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { makerOf, sameDocuments } from '../models/catalog/learned.ts'
import type { Manifest } from '../models/catalog/manifest.ts'
import { applyFilter, type RowFilter } from './loaded.ts'
import { type CollectionManifest, checkName, describeModel } from './manifest.ts'
import { createCollectionMemory } from './memory.ts'
import { fieldsOf } from './rows.ts'
import { createScorer } from './scorer.ts'
import { searchSegments } from './search.ts'
import { type ListableStore, readLatest } from './versions.ts'

/** What is looked for in a collection. */
export interface CollectionQuery {
  readonly name: string
  /** The model of the queries; the vectors of the collection must be made by the same one. */
  readonly model: Manifest
  /** Of length 1. */
  readonly queries: readonly Float32Array[]
  /** Most rows for each query. */
  readonly count: number
  readonly filter?: RowFilter | undefined
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

const FRESH_MS = 10_000
/** Opens the collections of a store; nothing is read before one is asked for. */
export function createCollections(parts: CollectionsParts): Collections {
  const { store, budgetBytes, threads, freshMs = FRESH_MS } = parts
  const memory = createCollectionMemory(store, budgetBytes)
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
  return {
    async find({ name, model, queries, count, filter }, context) {
      const manifest = await newestOf(checkName(name), context)
      requireModel(name, manifest, model)
      return memory.use(name, manifest, context, async (loaded) => {
        const { segments, excluded, notes } = filter
          ? await applyFilter(loaded, filter, context)
          : { ...loaded, excluded: 0, notes: [] }
        const found: Found[][] = []
        for (const query of queries) {
          const hits = await searchSegments(segments, query, count, { scorer, context })
          found.push(
            hits.map(({ segment, row, index, score }) => ({ ...fieldsOf(segment, row), index, score })),
          )
        }
        return { version: loaded.manifest.version, rows: loaded.rows, found, excluded, notes }
      })
    },
    async close() {
      await memory.close()
      await scorer.close()
    },
  }
}

/** Rows are documents: a map of queries alone asks a collection that its base, or another such map of it, has made. */
function requireModel(name: string, { model }: CollectionManifest, manifest: Manifest): void {
  const asked = { ...makerOf(manifest), dimensions: manifest.dimensions }
  if (sameDocuments(model, asked) && model.dimensions === asked.dimensions) return
  throw new AppError(
    'invalid_request',
    `Collection ${name} was made by ${describeModel(model)}, the query by ${describeModel(asked)}; vectors of two models cannot be compared: re-embed its rows with ${asked.id}, that is build the collection anew, or ask for model ${model.id} in that revision.`,
    { details: { field: 'model', expected: model.id, got: asked.id } },
  )
}

function unknownCollection(store: ListableStore, name: string): AppError {
  return new AppError(
    'invalid_request',
    `${store.name} has no collection ${name}; build it by "npm run collections -- build", or correct its name.`,
    { details: { field: 'candidates.collection', collection: name } },
  )
}
