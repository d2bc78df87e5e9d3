import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, type Stats, statSync, utimesSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { uptime } from 'node:os'
import { dirname, join } from 'node:path'
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { safePath } from '../../storage/keys.ts'
import type { Store } from '../../storage/store.ts'
import type { ManifestFile, ModelFiles } from '../catalog/manifest.ts'
import { asCacheError, unwritable } from './cache-errors.ts'
import { type CacheSettings, createCacheReservations, type Reservation } from './cache-reservation.ts'
import { type Download, downloadVerified } from './download.ts'
import { createSingleFlight } from './single-flight.ts'
import { readVerified } from './verification.ts'

/** An object of a store. */
interface Origin {
  readonly source: Store
  readonly key: string
}

/** A model in the cache that cannot be evicted until `release`, which is called exactly once. */
export interface CachedModel {
  /** The path of a file that is here, and proven to be the manifest's. */
  find(file: ManifestFile): string | undefined
  /** The path of a file that is proven to be the manifest's, fetched unless it is there by now. */
  fetch(file: ManifestFile, from: Origin, context: Context): Promise<string>
  release(): void
}

/**
 * Models on this disk that came from elsewhere, least recently used first to go. Presence is proof: a file is hashed
 * while it comes in, under another name, and renamed last, into a folder named after the manifest's files and their
 * hashes. Processes may share the folder.
 */
export interface DiskCache {
  /** Whether the graph is here, so that sources need be asked at most for what is lacking. */
  holds(manifest: ModelFiles): boolean
  /**
   * Holds a model and makes room for what it lacks, waiting for models in use to be released if need be.
   *
   * @throws AppError `model_too_large` when there cannot be room, `artifact_missing` when the folder cannot be
   * written, `deadline_exceeded`
   */
  hold(manifest: ModelFiles, context: Context): Promise<CachedModel>
}

/** The cache in a folder, which need not exist yet. */
export function createDiskCache(settings: CacheSettings): DiskCache {
  const { folder } = settings
  const reservations = createCacheReservations(settings)
  const downloads = createSingleFlight<string>()
  const pathOf = (manifest: ModelFiles, file: ManifestFile) =>
    join(folder, folderNameOf(manifest), safePath(file.path))
  const missingOf = (manifest: ModelFiles) =>
    manifest.files.filter((file) => statOf(pathOf(manifest, file))?.size !== file.bytes)
  const missingBytesOf = (manifest: ModelFiles) =>
    missingOf(manifest).reduce((sum, { bytes }) => sum + bytes, 0)

  const bring = async (
    manifest: ModelFiles,
    file: ManifestFile,
    reservation: Reservation,
    from: Origin,
    context: Context,
  ) => {
    const path = pathOf(manifest, file)
    if (isProven(path, file, manifest.id)) return path
    if (reservation.partialFolder === undefined)
      throw unwritable(folder, new Error('The model has become incomplete.'))
    const partial = join(reservation.partialFolder, hashOf(file.path))
    try {
      await write(partial, { ...from, expected: file, model: manifest.id }, context)
      mkdirSync(dirname(path), { recursive: true })
      renameSync(partial, path)
    } catch (error) {
      rmSync(partial, { force: true })
      throw asCacheError(error, folder, file.path)
    }
    reservation.arrived(file.bytes)
    return path
  }

  return {
    holds: (manifest) => missingOf(manifest).every(({ path }) => path !== manifest.graph),
    async hold(manifest, context) {
      const reservation = await reservations.take(
        folderNameOf(manifest),
        () => missingBytesOf(manifest),
        context,
      )
      return {
        find(file) {
          const path = pathOf(manifest, file)
          return isProven(path, file, manifest.id) ? path : undefined
        },
        fetch: (file, from, inner) =>
          downloads.join(pathOf(manifest, file), inner, (shared) =>
            bring(manifest, file, reservation, from, shared),
          ),
        release: () => reservation.release(),
      }
    },
  }
}

async function write(path: string, download: Download, context: Context): Promise<void> {
  const file = await open(path, 'wx+')
  try {
    await downloadVerified(download, file, context)
  } finally {
    await file.close()
  }
}

/**
 * Id, revision and the head of a hash of the files' hashes: another manifest for the same revision finds nothing that
 * was held against this one.
 */
function folderNameOf({ id, revision, files, derived = [] }: ModelFiles): string {
  const proofs = [...files, ...derived].map(({ path, sha256 }) => `${sha256} ${path}`).sort()
  const name = `${id}@${revision}.${hashOf(proofs.join('\n'))}`
  if (/^[\w.-]+@[0-9a-f]{40}\.[0-9a-f]{12}$/.test(name)) return name
  throw new AppError(
    'internal',
    `Model ${JSON.stringify(id)} at revision ${JSON.stringify(revision)} cannot name a folder; correct its manifest.`,
  )
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/**
 * Whether the file at `path` is known to be the expected one. Writing a file out to the disk would cost a cold start
 * more than fetching it, so a machine that lost its power may have lost some of it: a file older than the machine's
 * start is hashed again, once.
 */
function isProven(path: string, expected: ManifestFile, model: string): boolean {
  const found = statOf(path)
  if (found?.size !== expected.bytes) return false
  if (found.mtimeMs > Date.now() - uptime() * 1000) return true
  try {
    readVerified(path, expected, model)
  } catch {
    return false
  }
  touch(path)
  return true
}

/** What is known of a file; nothing where a folder on its way is none. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Where the cache cannot be written the file is hashed at each start. */
function touch(path: string): void {
  const now = new Date()
  try {
    utimesSync(path, now, now)
  } catch {}
}
