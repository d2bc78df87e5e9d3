import type { Context } from '../context.ts'
import type { CollectionEncoding } from '../formats/collection-segment.ts'
import type { WritableStore } from '../storage/store.ts'
import type { CandidateIndex, IndexInfo } from './candidate-index.ts'
import { type CollectionsParts, createCollections } from './collections.ts'
import { dropCollection, listNames } from './drop.ts'
import { type CollectionManifest, liveRows } from './manifest.ts'
import { rowOfSegment } from './rows.ts'
import { loadSegment } from './segments.ts'
import { type ListableStore, readLatest } from './versions.ts'
import { addRows, buildCollection, type CollectionRow, removeRows, unknownCollection } from './write.ts'

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
      const manifest = (await readLatest(store, name, context)) ?? unknownCollection(store, name)
      return { ...infoOf(manifest), content: readRows(store, name, manifest, context) }
    },
  }
}

/** One segment in memory at a time. */
async function* readRows(
  store: ListableStore,
  name: string,
  { segments }: CollectionManifest,
  context: Context,
): AsyncGenerator<CollectionRow> {
  for (const entry of segments) {
    const { segment, removed } = await loadSegment(store, name, entry, context)
    for (let row = 0; row < segment.rows; row++)
      if (!removed || removed[row] === 0) yield rowOfSegment(segment, row)
  }
}

function infoOf(manifest: CollectionManifest): IndexInfo {
  return { version: manifest.version, model: manifest.model, rows: liveRows(manifest) }
}
