import type { WritableStore } from '../storage/store.ts'
import type { CandidateIndex, IndexInfo } from './candidate-index.ts'
import { type CollectionsParts, createCollections } from './collections.ts'
import { type CollectionManifest, liveRows } from './manifest.ts'
import { readLatest } from './versions.ts'
import { addRows, buildCollection, removeRows } from './write.ts'

/** The built-in engine: segments in a store, searched exactly in memory. */
export function createExactIndex(
  parts: CollectionsParts & { readonly store: WritableStore },
): CandidateIndex {
  const { store } = parts
  const { find, close } = createCollections(parts)
  return {
    engine: 'exact',
    find,
    close,
    build: async (name, rows, settings, context) =>
      infoOf(await buildCollection(store, name, rows, settings, context)),
    add: async (name, rows, settings, context) => infoOf(await addRows(store, name, rows, settings, context)),
    async remove(name, ids, context) {
      const { manifest, removed } = await removeRows(store, name, ids, context)
      return { ...infoOf(manifest), removed }
    },
    async info(name, context) {
      const manifest = await readLatest(store, name, context)
      return manifest && infoOf(manifest)
    },
  }
}

function infoOf(manifest: CollectionManifest): IndexInfo {
  return { version: manifest.version, model: manifest.model, rows: liveRows(manifest) }
}
