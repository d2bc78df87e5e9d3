import { type Context, createContext, linkContext, withinContext } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import { type Artifacts, locateArtifacts } from './artifacts.ts'
import type { DiskCache } from './cache.ts'
import { loadModelTokenizer, verifiedGraph } from './derived.ts'
import type { Encoder } from './encoder.ts'
import type { Engine } from './engine.ts'
import { loadHeads } from './heads.ts'
import { createLeasePool, type Lease, type Loader } from './lru.ts'
import type { Manifest } from './manifest.ts'
import { expectedMemory, fileBytesOf, measuredMemory } from './memory.ts'
import { createSession } from './session.ts'
import { createTextEncoder } from './text-encoder.ts'
import { createUsageBook } from './usage.ts'

/** What the engine in this thread is made of. */
export interface LocalEngineParts {
  readonly manifests: readonly Manifest[]
  /** Searched in order for each model. */
  readonly stores: readonly Store[]
  /** Needed when a store does not lie on this disk. */
  readonly cache?: DiskCache | undefined
  /** Most bytes of memory that models may take at once. */
  readonly budgetBytes: number
  readonly threads: number
  /** Most padded tokens in one run of a graph. */
  readonly tokenBudget: number
}

interface LoadedEncoder {
  readonly encoder: Encoder
  readonly loadMs: number
  readonly memoryBytes: number
  release(): Promise<void>
}

/** An engine in this thread. The ONNX runtime is synchronous: while a graph runs, the thread does nothing else. */
export function createLocalEngine(parts: LocalEngineParts): Engine {
  const manifests = new Map(parts.manifests.map((manifest) => [manifest.id, manifest]))
  const pool = createLeasePool<LoadedEncoder>(parts.budgetBytes)
  const loads = createLoads()
  const usage = createUsageBook()
  /** What models took when they were loaded before. */
  const measured = new Map<string, number>()
  const loaderFor = (manifest: Manifest): Loader<LoadedEncoder> => {
    const { load, release } = loaderOf(manifest, parts, loads.context)
    return {
      async load() {
        const loaded = await load()
        measured.set(manifest.id, loaded.memoryBytes)
        usage.loaded(manifest.id, loaded.memoryBytes)
        return loaded
      },
      async release(loaded) {
        usage.released(manifest.id)
        await release(loaded)
      },
    }
  }
  const acquire = async (model: string, context: Context): Promise<Lease<LoadedEncoder>> => {
    const manifest = manifests.get(model)
    if (!manifest)
      throw new AppError('unknown_model', `The engine has no model ${model}; add it to the catalog.`)
    const bytes = measured.get(model) ?? expectedMemory(manifest)
    const lease = await loads.await(pool.acquire(model, bytes, loaderFor(manifest)), context)
    if (lease.loaded) pool.resize(model, lease.value.memoryBytes)
    usage.used(model)
    return lease
  }

  return {
    async embed({ model, inputs, options }, context) {
      const lease = await acquire(model, context)
      try {
        const encoded = await lease.value.encoder.embed(inputs, options, context)
        return {
          ...encoded,
          coldStart: lease.loaded,
          loadMs: lease.loaded ? lease.value.loadMs : 0,
          loadBytes: lease.loaded ? fileBytesOf(manifests.get(model)!) : 0,
          evictions: lease.evictions,
        }
      } finally {
        lease.release()
      }
    },
    async preload(models, context) {
      for (const model of models) (await acquire(model, context)).release()
    },
    usage: () => usage.entries(),
    async close() {
      await loads.end()
      await pool.close()
    },
  }
}

/**
 * Loads go on when a caller's time is up: the next one finds them further on. They end with the engine.
 */
function createLoads() {
  const linked = linkContext(createContext({ requestId: 'load' }))
  const pending = new Set<Promise<unknown>>()
  return {
    context: linked.context,
    /** Waits for a lease within the caller's time; one that comes too late is given back. */
    async await<T>(lease: Promise<Lease<T>>, context: Context): Promise<Lease<T>> {
      pending.add(lease)
      const settled = () => pending.delete(lease)
      lease.then(settled, settled)
      return withinContext(context, lease).catch((error) => {
        lease.then(
          ({ release }) => release(),
          () => {},
        )
        throw error
      })
    },
    async end(): Promise<void> {
      linked.abort(new AppError('overloaded', 'The engine is closing; try again elsewhere.'))
      linked.unlink()
      await Promise.allSettled(pending)
    },
  }
}

function loaderOf(manifest: Manifest, parts: LocalEngineParts, context: Context): Loader<LoadedEncoder> {
  return {
    async load() {
      const start = performance.now()
      const residentBytes = process.memoryUsage.rss()
      const artifacts = await locateArtifacts(manifest, parts.stores, { cache: parts.cache, context })
      try {
        const encoder = await loadEncoder(manifest, artifacts, parts)
        const memoryBytes = measuredMemory(manifest, process.memoryUsage.rss() - residentBytes)
        return { ...encoder, loadMs: performance.now() - start, memoryBytes }
      } finally {
        // The runtime has its own copy by now.
        artifacts.release()
      }
    },
    release: (loaded) => loaded.release(),
  }
}

/** Reads and verifies the graph in the background while the tokenizer is built. */
async function loadEncoder(manifest: Manifest, artifacts: Artifacts, parts: LocalEngineParts) {
  const loading = [
    verifiedGraph(manifest, artifacts),
    loadModelTokenizer(manifest, artifacts),
    loadHeads(manifest, artifacts),
  ] as const
  // When one fails, the files must not be let go of while the other still writes.
  await Promise.allSettled(loading)
  const [graph, tokenizer, heads] = await Promise.all(loading)
  const { threads, tokenBudget } = parts
  const session = await createSession(graph.path, manifest.id, { threads, optimized: graph.optimized })
  const encoder = createTextEncoder({ manifest, tokenizer, session, heads, tokenBudget })
  return { encoder, release: () => session.release() }
}
