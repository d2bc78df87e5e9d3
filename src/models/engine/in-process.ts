import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { LoadSource } from '../../metrics.ts'
import type { Store } from '../../storage/store.ts'
import type { Manifest } from '../catalog/manifest.ts'
import { requireTask } from '../catalog/task.ts'
import { loadRunner, type Runner, type RunnerSettings } from '../encode/load-model.ts'
import { locateArtifacts } from '../files/artifacts.ts'
import type { DiskCache } from '../files/cache.ts'
import type { Engine, Loading, Place } from './engine.ts'
import { createLeasePool, type Lease, type Loader } from './lease-pool.ts'
import { createLoads } from './loads.ts'
import { expectedMemory, fileBytesOf, measuredMemory } from './memory.ts'
import { createUsageBook } from './model-statistics.ts'
import { recordLoad } from './record-load.ts'
import { createTokenizerCache } from './tokenizer-cache.ts'

/** What the engine in this thread is made of. */
export interface LocalEngineParts extends RunnerSettings {
  readonly manifests: readonly Manifest[]
  /** Searched in order for each model. */
  readonly stores: readonly Store[]
  /** Needed when a store does not lie on this disk. */
  readonly cache?: DiskCache | undefined
  /** Most bytes of memory that models may take at once. */
  readonly budgetBytes: number
}

interface Loaded extends Runner {
  readonly loadedFrom: LoadSource
  readonly loadMs: number
  readonly memoryBytes: number
}

/** An engine in this thread. The ONNX runtime is synchronous: while a graph runs, the thread does nothing else. */
export function createLocalEngine(parts: LocalEngineParts): Engine {
  const { manifestOf, admit } = createManifests(parts.manifests)
  const { acquire, memory, close } = createModels(parts)
  const tokenizers = createTokenizerCache(parts)

  /** Runs a job with its model in memory, and adds to the outcome what it took to have it there. */
  const runWith = async <Outcome extends object>(
    manifest: Manifest,
    context: Context,
    place: Place | undefined,
    run: (runner: Runner) => Promise<Outcome>,
  ): Promise<Outcome & Loading> => {
    const lease = await acquire(manifest, context, place)
    try {
      const outcome = await run(lease.value)
      return { ...outcome, ...loadingOf(lease, manifest) }
    } finally {
      lease.release()
    }
  }

  return {
    async embed({ model, inputs, options }, context, place) {
      const manifest = manifestOf(model)
      requireTask(manifest, ['embed'], 'expected one that makes vectors')
      return runWith(manifest, context, place, ({ encoder }) => encoder!.embed(inputs, options, context))
    },
    async score({ model, query, texts, options }, context, place) {
      const manifest = manifestOf(model)
      requireTask(manifest, ['rerank'], 'expected one that scores pairs')
      return runWith(manifest, context, place, ({ reranker }) =>
        reranker!.score(query, texts, options, context),
      )
    },
    tokenize: async (job, context, place) => tokenizers.tokenize(manifestOf(job.model), job, context, place),
    async preload(models, context) {
      for (const model of models) {
        const manifest = manifestOf(model)
        const lease = await acquire(manifest, context)
        recordLoad(context.metrics, model, loadingOf(lease, manifest))
        lease.release()
      }
    },
    admit,
    ...memory,
    async close() {
      tokenizers.close()
      await close()
    },
  }
}

/** The models that jobs may name. */
function createManifests(first: readonly Manifest[]) {
  const manifests = new Map(first.map((manifest) => [manifest.id, manifest]))
  return {
    /**
     * The one look-up of a job. Jobs name their model by id, not by its manifest, because most come from another thread:
     * to copy a manifest with each would take 13 to 28 µs.
     */
    manifestOf(model: string): Manifest {
      const manifest = manifests.get(model)
      if (manifest) return manifest
      throw new AppError('unknown_model', `The engine has no model ${model}; add it to the catalog.`)
    },
    admit(manifest: Manifest): void {
      if (!manifests.has(manifest.id)) manifests.set(manifest.id, manifest)
    },
  }
}

function loadingOf({ loaded, value, evictions }: Lease<Loaded>, manifest: Manifest): Loading {
  const { memoryBytes, loadMs, loadedFrom } = value
  if (!loaded) return { coldStart: false, loadMs: 0, loadBytes: 0, memoryBytes, evictions }
  return { coldStart: true, loadMs, loadBytes: fileBytesOf(manifest), loadedFrom, memoryBytes, evictions }
}

/** The models in memory, leased to jobs. */
function createModels(parts: LocalEngineParts) {
  const pool = createLeasePool<Loaded>(parts.budgetBytes)
  const loads = createLoads()
  const usage = createUsageBook()
  /** What models took when they were loaded before. */
  const measured = new Map<string, number>()
  const loaderFor = (manifest: Manifest) =>
    recorded(
      loaderOf(manifest, { ...parts, onRun: (inputs) => usage.ran(manifest.id, inputs) }, loads.context),
      {
        loaded({ memoryBytes }) {
          // What other work took meanwhile is measured too; a model that could be loaded can be loaded again.
          measured.set(manifest.id, Math.min(memoryBytes, parts.budgetBytes))
          usage.loaded(manifest.id, memoryBytes)
        },
        released: () => usage.released(manifest.id),
      },
    )
  return {
    async acquire(manifest: Manifest, context: Context, place?: Place): Promise<Lease<Loaded>> {
      const model = manifest.id
      const bytes = measured.get(model) ?? expectedMemory(manifest)
      const waits = !pool.holds(model)
      if (waits) place?.leave()
      const acquired = pool.acquire(model, bytes, loaderFor(manifest))
      // A model in memory needs no timer and no signal, which are a tenth of the work for a short text.
      const lease = await (waits ? loads.withinCaller(acquired, context) : acquired)
      if (lease.loaded) pool.resize(model, lease.value.memoryBytes)
      usage.used(model)
      // The lease comes first: a job with a place needs nothing more that another one could hold.
      if (waits) await place?.comeBack().catch(releasing(lease))
      return lease
    },
    /** What the engine's callers see of it, and may ask. */
    memory: {
      usage: usage.entries,
      unload: (model: string, { signal }: Context) => pool.drop(model, signal),
    },
    async close() {
      await loads.end()
      await pool.close()
    },
  }
}

function releasing({ release }: Lease<unknown>) {
  return (error: unknown): never => {
    release()
    throw error
  }
}

/** A loader that says when it has loaded, and when it is about to release. */
function recorded<T>(
  { load, release }: Loader<T>,
  record: { loaded(value: T): void; released(): void },
): Loader<T> {
  return {
    async load() {
      const value = await load()
      record.loaded(value)
      return value
    },
    release(value) {
      record.released()
      return release(value)
    },
  }
}

function loaderOf(manifest: Manifest, parts: LocalEngineParts, context: Context): Loader<Loaded> {
  return {
    async load() {
      const start = performance.now()
      const residentBytes = process.memoryUsage.rss()
      const artifacts = await locateArtifacts(manifest, parts.stores, { cache: parts.cache, context })
      try {
        const runner = await loadRunner(manifest, artifacts, parts)
        const memoryBytes = measuredMemory(manifest, process.memoryUsage.rss() - residentBytes)
        const loadMs = performance.now() - start
        return { ...runner, loadMs, memoryBytes, loadedFrom: artifacts.source() }
      } finally {
        // The runtime has its own copy by now.
        artifacts.release()
      }
    },
    release: (loaded) => loaded.release(),
  }
}
