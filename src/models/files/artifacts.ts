import { readFileSync } from 'node:fs'
import { type Context, createContext } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import type { LoadSource } from '../../metrics.ts'
import { onceEach } from '../../once.ts'
import type { LocalStore } from '../../storage/directory.ts'
import type { Store } from '../../storage/store.ts'
import { type ModelPart, partsOf } from '../catalog/learned.ts'
import type { Manifest, ManifestFile, ModelFiles } from '../catalog/manifest.ts'
import type { DiskCache } from './cache.ts'
import { remedyFor } from './remedy.ts'
import { readVerified, verifyInTurns } from './verification.ts'

/** A model's files on this disk or on their way to it, by their path in the manifest; nothing is read yet. */
export interface Artifacts {
  /** The path on this disk of a file whose size and SHA-256 have been checked. */
  verifiedPath(file: string): Promise<string>
  /** The bytes of a file whose size and SHA-256 have been checked, in memory of their own. */
  verifiedBytes(file: string): Promise<Uint8Array>
  /** The text of a file whose size and SHA-256 have been checked. */
  verifiedText(file: string): Promise<string>
  /** Where the files came from, as far as they were asked for. */
  source(): LoadSource
  /** Lets the files go, which until then are not evicted from the cache. Call exactly once. */
  release(): void
}

/** Where to put what does not lie on this disk, and how long to take. */
interface LocateOptions {
  /** Needed by stores without local paths. */
  readonly cache?: DiskCache | undefined
  readonly context?: Context
  /** Whether other work goes on while large files are hashed where they lie. */
  readonly inTurns?: boolean
}

/**
 * Finds the files of a model; those of an adapted one in its base's folder and in its own, each of which may lie in
 * another store.
 *
 * @throws AppError as {@link locateFolder} does
 */
export async function locateArtifacts(
  manifest: Manifest,
  stores: readonly Store[],
  options: LocateOptions = {},
): Promise<Artifacts> {
  const parts = partsOf(manifest)
  if (parts.length === 1) return locateFolder(manifest, stores, options)
  const located: (Artifacts & Pick<ModelPart, 'has'>)[] = []
  const release = () => {
    for (const part of located) part.release()
  }
  try {
    for (const part of parts)
      located.push({ ...(await locateFolder(part.manifest, stores, options)), has: part.has })
  } catch (error) {
    release()
    throw error
  }
  const partWith = (path: string) => located.find(({ has }) => has(path))!
  return {
    verifiedPath: async (file) => partWith(file).verifiedPath(file),
    verifiedBytes: async (file) => partWith(file).verifiedBytes(file),
    verifiedText: async (file) => partWith(file).verifiedText(file),
    source: () => partWith(manifest.graph).source(),
    release,
  }
}

/**
 * Finds the first of `stores` that has the model's graph, or the file that stands for it. Files on this disk are used
 * in place; others are fetched into the cache, and what is there already is taken from it without asking. A store that
 * cannot be asked is passed over.
 *
 * @throws AppError `artifact_missing` with the sources tried, or `upstream_failed` when one of them may have it later;
 * on verification, `artifact_corrupt` with what was expected and got
 */
export async function locateFolder(
  manifest: ModelFiles,
  stores: readonly Store[],
  { cache, context = createContext(), inTurns = false }: LocateOptions,
): Promise<Artifacts> {
  const failures: AppError[] = []
  for (const [index, store] of stores.entries()) {
    if (isLocal(store)) {
      const found = await store.stat(keyOf(manifest, manifest.graph), context).catch((error) => {
        failures.push(toAppError(error))
      })
      if (found) return inPlace(manifest, store, inTurns)
    } else if (cache?.holds(manifest)) {
      return throughCache(manifest, cache, { stores: stores.slice(index) }, context)
    } else {
      const found = await firstWith(manifest, stores.slice(index), context, stores)
      if (isLocal(found)) return inPlace(manifest, found, inTurns)
      const rest = stores.slice(stores.indexOf(found))
      if (cache) return throughCache(manifest, cache, { stores: rest, found }, context)
      throw new AppError('internal', `Source ${found.name} needs a cache on this disk; give it one.`)
    }
  }
  throw foundNowhere(manifest, stores, failures)
}

function isLocal(store: Store): store is LocalStore {
  return store.localPath !== undefined
}

/** The first of `stores` that has the graph; `all` are those to name when none has. */
async function firstWith(
  manifest: ModelFiles,
  stores: readonly Store[],
  context: Context,
  all = stores,
): Promise<Store> {
  const failures: AppError[] = []
  for (const store of stores) {
    try {
      if (await store.stat(keyOf(manifest, manifest.graph), context)) return store
    } catch (error) {
      const failure = toAppError(error)
      // After a source that refuses or fails the next one is tried; any other error ends the search.
      if (failure.code !== 'artifact_missing' && failure.code !== 'upstream_failed') throw failure
      failures.push(failure)
    }
  }
  throw foundNowhere(manifest, all, failures)
}

function inPlace(manifest: ModelFiles, store: LocalStore, inTurns: boolean): Artifacts {
  const pathOf = (file: string) => store.localPath(keyOf(manifest, file))
  return {
    async verifiedPath(file) {
      const expected = fileOf(manifest, file)
      if (inTurns) await verifyInTurns(pathOf(file), expected, manifest.id)
      else readVerified(pathOf(file), expected, manifest.id)
      return pathOf(file)
    },
    async verifiedBytes(file) {
      return readBytes(pathOf(file), fileOf(manifest, file), manifest.id)
    },
    async verifiedText(file) {
      return readBytes(pathOf(file), fileOf(manifest, file), manifest.id).toString('utf8')
    },
    source: () => 'disk',
    release: () => {},
  }
}

/** Stores begin their names as MODEL_SOURCES has them; the hub's has a word before its address. */
function sourceKind({ name }: Store): LoadSource {
  if (name.startsWith('s3://')) return 's3'
  return /^https?:/.test(name) ? 'web' : 'hub'
}

/** Where a model is looked for, in order; the first that has it, where that is known by now. */
interface Sources {
  readonly stores: readonly Store[]
  readonly found?: Store
}

async function throughCache(
  manifest: ModelFiles,
  cache: DiskCache,
  sources: Sources,
  context: Context,
): Promise<Artifacts> {
  const model = await cache.hold(manifest, context)
  let fetchedFrom: LoadSource | undefined
  const fetchFrom = async (source: Store, file: ManifestFile) => {
    const path = await model.fetch(file, { source, key: keyOf(manifest, file.path) }, context)
    fetchedFrom = sourceKind(source)
    return path
  }
  const fetch = fetchFromFirst(manifest, sources, fetchFrom, context)
  const verifiedPath = async (path: string) => {
    const file = fileOf(manifest, path)
    return (
      model.find(file) ??
      fetch(file).catch((error) => {
        throw manifest.files.includes(file) ? error : asAbsent(error)
      })
    )
  }
  return {
    verifiedPath,
    // A copy, because views of numbers need bytes that are aligned.
    verifiedBytes: async (file) => new Uint8Array(readFileSync(await verifiedPath(file))),
    verifiedText: async (file) => readFileSync(await verifiedPath(file), 'utf8'),
    source: () => fetchedFrom ?? 'cache',
    release: () => model.release(),
  }
}

/**
 * Fetches from the first of `stores` that has the model. A source that stalls or breaks off is given up for the next
 * one that has the model.
 */
function fetchFromFirst(
  manifest: ModelFiles,
  { stores, found }: Sources,
  fetchFrom: (source: Store, file: ManifestFile) => Promise<string>,
  context: Context,
): (file: ManifestFile) => Promise<string> {
  const find = onceEach(async (first: number) =>
    first === 0 && found ? found : firstWith(manifest, stores.slice(first), context),
  )
  let from = 0
  return async (file) => {
    for (let first = from; ; first = from) {
      const source = await find(first)
      const next = stores.indexOf(source) + 1
      try {
        return await fetchFrom(source, file)
      } catch (error) {
        if (toAppError(error).code !== 'upstream_failed' || next >= stores.length) throw error
        const other = await find(next).catch(() => undefined)
        if (!other) throw error
        from = Math.max(from, next)
      }
    }
  }
}

/** A derived file saves time; a source that cannot give it now must not keep the model from loading. */
function asAbsent(error: unknown): AppError {
  const failure = toAppError(error)
  if (failure.code !== 'upstream_failed') return failure
  return new AppError('artifact_missing', failure.message, { details: failure.details, cause: failure })
}

/** Where a file of a model lies in a store. */
export function keyOf(manifest: Pick<ModelFiles, 'id'>, file: string): string {
  return `${manifest.id}/${file}`
}

function fileOf(manifest: ModelFiles, path: string): ManifestFile {
  const file = [...manifest.files, ...(manifest.derived ?? [])].find((candidate) => candidate.path === path)
  if (file) return file
  throw new AppError(
    'internal',
    `The manifest of model ${manifest.id} lists no file ${path}; add it to its files.`,
  )
}

/** The whole file in memory of its own, so that views of numbers may be laid over it. */
function readBytes(path: string, expected: ManifestFile, model: string): Buffer {
  const parts: { bytes: Buffer | undefined; length: number } = { bytes: undefined, length: 0 }
  readVerified(path, expected, model, (chunk) => {
    // The size has been checked by now.
    parts.bytes ??= Buffer.from(new ArrayBuffer(expected.bytes))
    parts.bytes.set(chunk, parts.length)
    parts.length += chunk.length
  })
  return parts.bytes ?? Buffer.alloc(0)
}

function foundNowhere(
  manifest: ModelFiles,
  stores: readonly Store[],
  failures: readonly AppError[],
): AppError {
  const { id: model, graph } = manifest
  const sources = stores.map((store) => store.name)
  const reasons = failures.map(({ message }) => ` ${message}`).join('')
  const later = failures.find(({ retryable }) => retryable)
  return new AppError(
    later?.code ?? 'artifact_missing',
    `Model ${model} was found in none of the sources ${sources.join(', ') || '(none)'}; expected ${keyOf(manifest, graph)}; ${remedyFor(model, sources)}.${reasons}`,
    {
      details: { model, sources },
      retryable: later !== undefined,
      ...(failures.length > 0 && { cause: failures[0]!.cause }),
    },
  )
}
