import type { WritableStore } from './store.ts'

/** The objects of `store` below a prefix that ends with `/`, as a store of their own. */
export function scopeStore(store: WritableStore, prefix: string): WritableStore {
  const { readInto } = store
  return {
    name: store.nameOf?.(prefix) ?? `${store.name}/${prefix.slice(0, -1)}`,
    read: (key, ...rest) => store.read(prefix + key, ...rest),
    ...(readInto && { readInto: (key, ...rest) => readInto(prefix + key, ...rest) }),
    stat: (key, ...rest) => store.stat(prefix + key, ...rest),
    write: (key, ...rest) => store.write(prefix + key, ...rest),
    remove: (key, ...rest) => store.remove(prefix + key, ...rest),
    async *list(inner, ...rest) {
      for await (const key of store.list(prefix + inner, ...rest)) yield key.slice(prefix.length)
    },
  }
}
