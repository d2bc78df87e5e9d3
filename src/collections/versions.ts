import { text } from 'node:stream/consumers'
import { type Context, createContext, throwIfDone } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Store, WritableStore } from '../storage/store.ts'
import {
  type CollectionManifest,
  filesOf,
  keyOf,
  parseCollectionManifest,
  versionKey,
  versionOf,
} from './manifest.ts'

/** A store that can be listed. */
export type ListableStore = Store & Required<Pick<Store, 'list'>>

/** Writers who meet try again; this many in a row mean that something else is wrong. */
const MOST_TRIES = 20

/** The keys of a collection's versions, oldest first; other files beside them are passed over. */
export async function versionKeys(
  store: ListableStore,
  name: string,
  context: Context = createContext(),
): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.list(keyOf(name, 'versions/'), context)) if (versionOf(key)) keys.push(key)
  return keys
}

/**
 * The version at a key.
 *
 * @throws AppError `artifact_corrupt`, and as the store does
 */
async function readVersion(
  store: ListableStore,
  key: string,
  context: Context = createContext(),
): Promise<CollectionManifest> {
  return parseCollectionManifest(await text(await store.read(key, undefined, context)), key)
}

/** The version at a key, or `undefined` when it is cut or no version. Throws as the store does. */
export async function readWholeVersion(
  store: ListableStore,
  key: string,
  context: Context = createContext(),
): Promise<CollectionManifest | undefined> {
  try {
    return await readVersion(store, key, context)
  } catch (error) {
    if (error instanceof AppError && error.code === 'artifact_corrupt') return undefined
    throw error
  }
}

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
  const newest = (await versionKeys(store, name, context)).at(-1)
  return newest === undefined ? undefined : readVersion(store, newest, context)
}

/** The files of a version that are not there, or not of their size. */
export async function findDamage(
  store: ListableStore,
  name: string,
  manifest: CollectionManifest,
  context: Context = createContext(),
): Promise<string[]> {
  const damaged: string[] = []
  for (const { key, bytes } of filesOf(manifest)) {
    const stat = await store.stat(keyOf(name, key), context)
    if (stat?.bytes !== bytes) damaged.push(key)
  }
  return damaged
}

/**
 * Makes the next version of a collection. Of writers at the same time exactly one writes each version; the others
 * decide anew on what that one wrote. What the version adds to the one before is looked for once more, so that no
 * version names a file that is not there.
 *
 * @param change from the newest version to the segments of the next one
 * @param options.overDamaged goes on after a newest version that cannot be read, which `change` gets as `undefined`
 * @throws AppError `overloaded` when other writers were always first; `artifact_corrupt` when a file of the change is
 * not there
 */
export async function commit(
  store: WritableStore,
  name: string,
  change: (
    previous: CollectionManifest | undefined,
  ) => Promise<Omit<CollectionManifest, 'version' | 'format'>>,
  context: Context = createContext(),
  { overDamaged = false } = {},
): Promise<CollectionManifest> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    throwIfDone(context)
    const newest = (await versionKeys(store, name, context)).at(-1)
    const read = overDamaged ? readWholeVersion : readVersion
    const previous = newest === undefined ? undefined : await read(store, newest, context)
    const next: CollectionManifest = {
      format: 'serverless-embeddings/collection-1',
      version: (newest === undefined ? 0 : versionOf(newest)!) + 1,
      ...(await change(previous)),
    }
    await requireNewFiles(store, name, previous, next, context)
    const body = Buffer.from(`${JSON.stringify(next, null, 1)}\n`)
    if (await store.write(versionKey(name, next.version), body, { onlyIfAbsent: true }, context)) return next
    // The answer of the write that won may have been lost.
    const winner = await readLatest(store, name, context)
    if (winner && JSON.stringify(winner) === JSON.stringify(next)) return next
  }
  throw new AppError(
    'overloaded',
    `Collection ${name} in ${store.name} was changed ${MOST_TRIES} times while this change was tried; try again when it rests.`,
  )
}

async function requireNewFiles(
  store: WritableStore,
  name: string,
  previous: CollectionManifest | undefined,
  next: CollectionManifest,
  context: Context,
): Promise<void> {
  const old = new Set(previous?.segments.map(({ key }) => key))
  const added = { ...next, segments: next.segments.filter(({ key }) => !old.has(key)) }
  const missing = await findDamage(store, name, added, context)
  if (missing.length === 0) return
  throw new AppError(
    'artifact_corrupt',
    `The files ${missing.join(', ')} of collection ${name} in ${store.name} are gone although they were just written; nothing was changed; write the rows again.`,
    { details: { collection: name, files: missing } },
  )
}
