import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { WritableStore } from '../../src/storage/store.ts'

/** The same store, whose objects have ETags as those of S3 do: the MD5 of their bytes. */
export function withTags(store: WritableStore): WritableStore {
  return {
    ...store,
    async stat(key, context) {
      const stat = await store.stat(key, context)
      if (!stat || !key.startsWith('input/')) return stat
      const bytes = await buffer(await store.read(key, undefined, context))
      return { ...stat, etag: createHash('md5').update(bytes).digest('hex') }
    },
  }
}
