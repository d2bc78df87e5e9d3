import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { WritableStore } from '../storage/store.ts'
import { checkName, keyOf } from './manifest.ts'
import { type ListableStore, versionKeys } from './versions.ts'

/** The names of all collections of a store, in order; those of broken ones too. */
export async function listNames(store: ListableStore, context: Context): Promise<readonly string[]> {
  const names = new Set<string>()
  for await (const key of store.list('', context)) {
    const [, name] = /^([^/]+)\/versions\//.exec(key) ?? []
    if (name) names.add(name)
  }
  return [...names].sort()
}

/**
 * Deletes a collection, its oldest version first: who stops half way leaves the newest one whole, or nothing that counts.
 * Files that only a killed writer knew go with it.
 *
 * @returns `false` when there was none
 * @throws AppError `overloaded` when somebody changed it meanwhile
 */
export async function dropCollection(store: WritableStore, name: string, context: Context): Promise<boolean> {
  const versions = await versionKeys(store, checkName(name), context)
  for (const key of versions) await store.remove(key, context)
  if ((await versionKeys(store, name, context)).length > 0) {
    throw new AppError(
      'overloaded',
      `Collection ${name} in ${store.name} was changed while it was deleted; delete it again when nobody writes it.`,
    )
  }
  const left: string[] = []
  for await (const key of store.list(keyOf(name, ''), context)) left.push(key)
  for (const key of left) await store.remove(key, context)
  return versions.length > 0
}
