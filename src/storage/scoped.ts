import { safeKey } from './keys.ts'
import type { WritableStore } from './store.ts'

/** The objects of `store` below a prefix that ends with `/`, as a store of their own. */
export function scopeStore(store: WritableStore, prefix: string): WritableStore {
  const { readInto } = store
  // An absolute key would be a plain one behind the prefix.
  const keyOf = (key: string) => prefix + safeKey(key)
  return {
    name: store.nameOf?.(prefix) ?? `${store.name}/${prefix.slice(0, -1)}`,
    read: (key, ...rest) => store.read(keyOf(key), ...rest),
    ...(readInto && { readInto: (key, ...rest) => readInto(keyOf(key), ...rest) }),
    stat: (key, ...rest) => store.stat(keyOf(key), ...rest),
    write: (key, ...rest) => store.write(keyOf(key), ...rest),
    remove: (key, ...rest) => store.remove(keyOf(key), ...rest),
    async *list(inner, ...rest) {
      for await (const key of store.list(prefix + inner, ...rest)) yield key.slice(prefix.length)
    },
  }
}
