import { type Context, throwIfDone } from '../../src/context.ts'
import { missingObject } from '../../src/storage/failures.ts'
import { safeKey } from '../../src/storage/keys.ts'
import type { ByteRange, WritableStore } from '../../src/storage/store.ts'
import { streamOf } from '../../src/storage/streams.ts'

/** A store in memory, held to the contract of stores in test/storage/memory.test.ts, that remembers what it was asked, and may be made to fail. */
export interface MemoryStore extends WritableStore {
  readonly stats: string[]
  readonly reads: { readonly key: string; readonly range: ByteRange | undefined }[]
  /** When each object was written, epoch milliseconds; objects that were there from the start are missing. */
  readonly modified: Map<string, number>
  /** Called before each chunk of `chunkBytes`; what it throws breaks the body off. */
  beforeChunk: (key: string, position: number, context: Context | undefined) => Promise<void> | void
}

const CHUNK_BYTES = 64 * 1024

/** A store with these objects, to which others can be added. */
export function createMemoryStore(objects: Record<string, Uint8Array> = {}): MemoryStore {
  const beside = new Map<string, Readonly<Record<string, string>>>()
  const store: MemoryStore = {
    name: 'memory',
    stats: [],
    reads: [],
    modified: new Map(),
    beforeChunk: () => {},
    async stat(key) {
      const body = objects[safeKey(key)]
      store.stats.push(key)
      const metadata = beside.get(key)
      const modifiedAt = store.modified.get(key)
      return body && { bytes: body.length, ...(modifiedAt && { modifiedAt }), ...(metadata && { metadata }) }
    },
    async read(key, range, context) {
      const body = objects[safeKey(key)]
      store.reads.push({ key, range })
      if (context) throwIfDone(context)
      if (!body) throw missingObject('memory', key)
      const chunks = chunksOf(key, body, range, context)
      return streamOf(chunks, () => chunks.return(undefined))
    },
    async write(key, body, { metadata, onlyIfAbsent } = {}, context) {
      safeKey(key)
      if (context) throwIfDone(context)
      if (onlyIfAbsent && objects[key]) return false
      objects[key] = Uint8Array.from(body)
      store.modified.set(key, Date.now())
      if (metadata) beside.set(key, metadata)
      else beside.delete(key)
      return true
    },
    async remove(key) {
      delete objects[safeKey(key)]
      beside.delete(key)
    },
    async *list(prefix) {
      yield* Object.keys(objects)
        .filter((key) => key.startsWith(prefix))
        .sort()
    },
  }
  async function* chunksOf(key: string, body: Uint8Array, range: ByteRange | undefined, context?: Context) {
    const end = Math.min(body.length, range?.end ?? body.length)
    for (let position = range?.start ?? 0; position < end; position += CHUNK_BYTES) {
      await store.beforeChunk(key, position, context)
      yield body.subarray(position, Math.min(end, position + CHUNK_BYTES))
    }
  }
  return store
}
