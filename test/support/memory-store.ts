import type { Context } from '../../src/context.ts'
import { missingObject } from '../../src/storage/failures.ts'
import type { ByteRange, Store } from '../../src/storage/store.ts'
import { streamOf } from '../../src/storage/streams.ts'

/** A store in memory that remembers what it was asked, and may be made to fail. */
export interface MemoryStore extends Store {
  readonly stats: string[]
  readonly reads: { readonly key: string; readonly range: ByteRange | undefined }[]
  /** Called before each chunk of `chunkBytes`; what it throws breaks the body off. */
  beforeChunk: (key: string, position: number, context: Context | undefined) => Promise<void> | void
}

const CHUNK_BYTES = 64 * 1024

/** A store with these objects. */
export function createMemoryStore(objects: Readonly<Record<string, Uint8Array>>): MemoryStore {
  const store: MemoryStore = {
    name: 'memory',
    stats: [],
    reads: [],
    beforeChunk: () => {},
    async stat(key) {
      store.stats.push(key)
      const body = objects[key]
      return body && { bytes: body.length }
    },
    async read(key, range, context) {
      store.reads.push({ key, range })
      const body = objects[key]
      if (!body) throw missingObject('memory', key)
      const chunks = chunksOf(key, body, range, context)
      return streamOf(chunks, () => chunks.return(undefined))
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
