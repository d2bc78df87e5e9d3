import { type Context, createContext } from '../context.ts'
import { AppError } from '../errors.ts'
import type { WritableStore } from '../storage/store.ts'
import { GRACE_MS, readFile } from './files.ts'
import { type CollectionManifest, filesOf, keyOf, versionOf } from './manifest.ts'
import { noCollection } from './required.ts'
import { readRows } from './segments.ts'
import { commit, findDamage, readLatest, readWholeVersion, versionKeys } from './versions.ts'
import { writeRows } from './write.ts'

/** How a collection is compacted. */
interface CompactSettings {
  /** Most rows of one segment. */
  readonly segmentRows?: number | undefined
  /** Files and versions younger than this stay; {@link GRACE_MS} when absent. */
  readonly graceMs?: number | undefined
}

/**
 * Writes the rows that count into new segments, and deletes what is older than the grace time: versions before the
 * last two, and files that no version names. A file that a writer has uploaded but not yet committed is younger.
 *
 * @throws AppError `invalid_request` when there is no such collection
 */
export async function compactCollection(
  store: WritableStore,
  name: string,
  { segmentRows, graceMs = GRACE_MS }: CompactSettings = {},
  context: Context = createContext(),
): Promise<CollectionManifest> {
  const before = await readLatest(store, name, context)
  if (!before) throw noCollection(store.name, name)
  const manifest = await commit(
    store,
    name,
    async (previous) => {
      if (!previous) throw noCollection(store.name, name)
      const { model, encoding, segments } = previous
      const rows = readRows(store, name, segments, context)
      const written = await writeRows(store, name, rows, { model, encoding, segmentRows }, context)
      return { model, encoding, segments: written.segments }
    },
    context,
  )
  await deleteOld(store, name, before.version, graceMs, context)
  return manifest
}

async function deleteOld(
  store: WritableStore,
  name: string,
  keptFrom: number,
  graceMs: number,
  context: Context,
): Promise<void> {
  const isOld = async (key: string) => {
    const stat = await store.stat(key, context)
    // A store that does not say how old a file is gives no reason to delete it.
    return stat?.modifiedAt !== undefined && Date.now() - stat.modifiedAt >= graceMs
  }
  // Listed before the versions are read: whatever is committed later was uploaded within the grace time.
  const files: string[] = []
  for await (const key of store.list(keyOf(name, 'segments/'), context)) files.push(key)
  const needed = new Set<string>()
  for (const key of await versionKeys(store, name, context)) {
    const version = await readWholeVersion(store, key, context)
    if (versionOf(key)! < keptFrom && (await isOld(key))) await store.remove(key, context)
    // Nobody knows which files it names.
    else if (!version) return
    else for (const file of filesOf(version)) needed.add(keyOf(name, file.key))
  }
  for (const key of files) if (!needed.has(key) && (await isOld(key))) await store.remove(key, context)
}

/** A new version, and the older one that it repeats. */
interface Rollback {
  readonly manifest: CollectionManifest
  /** The version whose content is the newest again. */
  readonly from: number
}

/**
 * Makes the last version of which every file is there, with its hash, the newest again; nothing is deleted.
 *
 * @returns `undefined` when the newest version is whole
 * @throws AppError `invalid_request` when there is no such collection, `artifact_corrupt` when no version is whole
 */
export async function rollBack(
  store: WritableStore,
  name: string,
  context: Context = createContext(),
): Promise<Rollback | undefined> {
  const keys = await versionKeys(store, name, context)
  if (keys.length === 0) throw noCollection(store.name, name)
  for (const key of keys.toReversed()) {
    const whole = await readWholeVersion(store, key, context)
    if (!whole || !(await isWhole(store, name, whole, context))) continue
    if (key === keys.at(-1)) return undefined
    const { model, encoding, segments } = whole
    const manifest = await commit(store, name, async () => ({ model, encoding, segments }), context, {
      overDamaged: true,
    })
    return { manifest, from: whole.version }
  }
  throw new AppError(
    'artifact_corrupt',
    `No version of collection ${name} in ${store.name} is whole; build it again.`,
    { retryable: false },
  )
}

/** Sizes first, which cost nothing; a file that has its size may still hold other bytes. */
async function isWhole(
  store: WritableStore,
  name: string,
  version: CollectionManifest,
  context: Context,
): Promise<boolean> {
  if ((await findDamage(store, name, version, context)).length > 0) return false
  try {
    for (const file of filesOf(version)) await readFile(store, name, file, context)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'artifact_corrupt') return false
    throw error
  }
}
