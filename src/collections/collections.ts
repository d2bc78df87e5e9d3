import type { Context } from '../context.ts'
import type { CollectionAnswer, CollectionQuery, Found } from './candidate-index.ts'
import { applyFilter } from './loaded.ts'
import { type CollectionManifest, checkName } from './manifest.ts'
import { createCollectionMemory } from './memory.ts'
import { noCollection, requireModel } from './required.ts'
import { fieldsOf } from './rows.ts'
import { createScorer } from './scorer.ts'
import { searchSegments } from './search.ts'
import { type ListableStore, readLatest } from './versions.ts'

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
    if (!manifest) throw noCollection(store.name, name)
    newest.set(name, { manifest, until: Date.now() + freshMs })
    return manifest
  }
  return {
    async find({ name, model, queries, count, filter }, context) {
      const manifest = await newestOf(checkName(name), context)
      requireModel(name, manifest.model, model)
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
        const { version } = loaded.manifest
        return { engine: 'exact', exact: true, version, rows: loaded.rows, found, excluded, notes }
      })
    },
    async close() {
      await memory.close()
      await scorer.close()
    },
  }
}
