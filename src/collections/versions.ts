import { text } from 'node:stream/consumers'
import { type Context, createContext } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Store, WritableStore } from '../storage/store.ts'
import { type CollectionManifest, keyOf, parseCollectionManifest, versionKey } from './manifest.ts'

/** A store that can be listed. */
export type ListableStore = Store & Required<Pick<Store, 'list'>>

/** Writers who meet try again; this many in a row mean that something else is wrong. */
const MOST_TRIES = 20

/**
 * The newest version of a collection, `undefined` when there is no such collection.
 *
 * @throws AppError `artifact_corrupt`, and as the store does
 */
export async function readLatest(
  store: ListableStore,
  name: string,
  context: Context = createContext(),
): Promise<CollectionManifest | undefined> {
  let newest: string | undefined
  for await (const key of store.list(keyOf(name, 'versions/'), context)) newest = key
  if (newest === undefined) return undefined
  return parseCollectionManifest(await text(await store.read(newest, undefined, context)), newest)
}

/**
 * Makes the next version of a collection. Of writers at the same time exactly one writes each version; the others
 * decide anew on what that one wrote.
 *
 * @param change from the newest version to the segments of the next one
 */
export async function commit(
  store: WritableStore,
  name: string,
  change: (
    previous: CollectionManifest | undefined,
  ) => Promise<Omit<CollectionManifest, 'version' | 'format'>>,
): Promise<CollectionManifest> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const previous = await readLatest(store, name)
    const next: CollectionManifest = {
      format: 'serverless-embeddings/collection-1',
      version: (previous?.version ?? 0) + 1,
      ...(await change(previous)),
    }
    const body = Buffer.from(`${JSON.stringify(next, null, 1)}\n`)
    if (await store.write(versionKey(name, next.version), body, { onlyIfAbsent: true })) return next
  }
  throw new AppError(
    'overloaded',
    `Collection ${name} in ${store.name} was changed ${MOST_TRIES} times while this change was tried; try again when it rests.`,
  )
}
