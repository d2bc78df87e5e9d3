import type { CollectionEncoding } from '../formats/collection-segment.ts'
import type { WritableStore } from '../storage/store.ts'
import type { CandidateIndex, IndexInfo } from './candidate-index.ts'
import { type CollectionsParts, createCollections } from './collections.ts'
import { dropCollection, listNames } from './drop.ts'
import { type CollectionManifest, liveRows } from './manifest.ts'
import { noCollection } from './required.ts'
import { readRows } from './segments.ts'
import { readLatest } from './versions.ts'
import { addRows, buildCollection, removeRows } from './write.ts'

/** The built-in engine: segments in a store, searched exactly in memory. */
export function createExactIndex(
  parts: CollectionsParts & {
    readonly store: WritableStore
    /** Of collections that are built; float32 when absent. */
    readonly encoding?: CollectionEncoding | undefined
  },
): CandidateIndex {
  const { store, encoding } = parts
  const { find, close } = createCollections(parts)
  return {
    engine: 'exact',
    find,
    close,
    build: async (name, rows, settings, context) =>
      infoOf(await buildCollection(store, name, rows, { encoding, ...settings }, context)),
    add: async (name, rows, settings, context) => infoOf(await addRows(store, name, rows, settings, context)),
    async remove(name, ids, context) {
      const { manifest, removed } = await removeRows(store, name, ids, context)
      return { ...infoOf(manifest), removed }
    },
    async list(context) {
      const names = await listNames(store, context)
      const found = await Promise.all(
        names.map(async (name) => ({ name, manifest: await readLatest(store, name, context) })),
      )
      return found.flatMap(({ name, manifest }) => (manifest ? [{ name, ...infoOf(manifest) }] : []))
    },
    drop: (name, context) => dropCollection(store, name, context),
    async info(name, context) {
      const manifest = await readLatest(store, name, context)
      return manifest && infoOf(manifest)
    },
    async read(name, context) {
      const manifest = await readLatest(store, name, context)
      if (!manifest) throw noCollection(store.name, name)
      return { ...infoOf(manifest), content: readRows(store, name, manifest.segments, context) }
    },
  }
}

function infoOf(manifest: CollectionManifest): IndexInfo {
  return { version: manifest.version, model: manifest.model, rows: liveRows(manifest) }
}
