import { readFile } from 'node:fs/promises'
import { type Context, createContext } from '../context.ts'
import { AppError, toAppError } from '../errors.ts'
import type { LocalStore } from '../storage/directory.ts'
import type { Store } from '../storage/store.ts'
import type { DiskCache } from './cache.ts'
import { keyOf, type Manifest, type ManifestFile } from './manifest.ts'
import { readVerified } from './verification.ts'

/** A model's files on this disk or on their way to it, by their path in the manifest; nothing is read yet. */
export interface Artifacts {
  /** The path on this disk of a file whose size and SHA-256 have been checked. */
  verifiedPath(file: string): Promise<string>
  /** The text of a file whose size and SHA-256 have been checked. */
  verifiedText(file: string): Promise<string>
  /** Lets the files go, which until then are not evicted from the cache. Call exactly once. */
  release(): void
}

/** Where to put what does not lie on this disk, and how long to take. */
export interface LocateOptions {
  /** Needed by stores without local paths. */
  readonly cache?: DiskCache | undefined
  readonly context?: Context
}

/**
 * Finds the first of `stores` that has the model's graph. Files on this disk are used in place; others are fetched
 * into the cache, and a model that is there in full is taken from it without asking. A store that cannot be asked is
 * passed over.
 *
 * @throws AppError `artifact_missing` with the sources tried, or `upstream_failed` when one of them may have it later;
 * on verification, `artifact_corrupt` with what was expected and got
 */
export async function locateArtifacts(
  manifest: Manifest,
  stores: readonly Store[],
  { cache, context = createContext() }: LocateOptions = {},
): Promise<Artifacts> {
  const key = keyOf(manifest, manifest.graph)
  const failures: AppError[] = []
  for (const store of stores) {
    const cached = !isLocal(store) && cache?.holds(manifest)
    const found = cached || (await store.stat(key, context).catch((error) => pass(error, failures)))
    if (!found) continue
    return isLocal(store) ? inPlace(manifest, store) : throughCache(manifest, store, cache, context)
  }
  throw foundNowhere(manifest, key, stores, failures)
}

function isLocal(store: Store): store is LocalStore {
  return store.localPath !== undefined
}

/** A refusal or a breakdown of one source need not be the end; everything else is. */
function pass(error: unknown, failures: AppError[]): undefined {
  const failure = toAppError(error)
  if (failure.code !== 'artifact_missing' && failure.code !== 'upstream_failed') throw failure
  failures.push(failure)
}

function inPlace(manifest: Manifest, store: LocalStore): Artifacts {
  const pathOf = (file: string) => store.localPath(keyOf(manifest, file))
  return {
    async verifiedPath(file) {
      readVerified(pathOf(file), fileOf(manifest, file), manifest.id)
      return pathOf(file)
    },
    async verifiedText(file) {
      const chunks: Buffer[] = []
      readVerified(pathOf(file), fileOf(manifest, file), manifest.id, (chunk) => {
        chunks.push(Buffer.from(chunk))
      })
      return Buffer.concat(chunks).toString('utf8')
    },
    release: () => {},
  }
}

async function throughCache(
  manifest: Manifest,
  store: Store,
  cache: DiskCache | undefined,
  context: Context,
): Promise<Artifacts> {
  if (!cache) throw new AppError('internal', `Source ${store.name} needs a cache on this disk; give it one.`)
  const model = await cache.hold(manifest, context)
  const verifiedPath = async (file: string) => model.fetch(fileOf(manifest, file), store, context)
  return {
    verifiedPath,
    verifiedText: async (file) => readFile(await verifiedPath(file), 'utf8'),
    release: () => model.release(),
  }
}

function fileOf(manifest: Manifest, path: string): ManifestFile {
  const file = manifest.files.find((candidate) => candidate.path === path)
  if (file) return file
  throw new AppError(
    'internal',
    `The manifest of model ${manifest.id} lists no file ${path}; add it to its files.`,
  )
}

function foundNowhere(
  { id }: Manifest,
  key: string,
  stores: readonly Store[],
  failures: readonly AppError[],
): AppError {
  const sources = stores.map((store) => store.name)
  const reasons = failures.map(({ message }) => ` ${message}`).join('')
  const later = failures.find(({ retryable }) => retryable)
  return new AppError(
    later?.code ?? 'artifact_missing',
    `Model ${id} was found in none of the sources ${sources.join(', ') || '(none)'}; expected ${key}; check MODEL_SOURCES.${reasons}`,
    { details: { model: id, sources }, ...(failures.length > 0 && { cause: failures[0]!.cause }) },
  )
}
