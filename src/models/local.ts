import { type Context, createContext, linkContext, withinContext } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import { type Artifacts, locateArtifacts } from './artifacts.ts'
import type { DiskCache } from './cache.ts'
import { createCrossEncoder } from './cross-encoder.ts'
import { loadModelTokenizer, verifiedGraph } from './derived.ts'
import type { Encoder } from './encoder.ts'
import type { Engine, Loading } from './engine.ts'
import { createLeasePool, type Lease, type Loader } from './lru.ts'
import type { Manifest } from './manifest.ts'
import type { Reranker } from './reranker.ts'
import { createScoringSession, createSession } from './session.ts'
import { createTextEncoder } from './text-encoder.ts'

/** What the engine in this thread is made of. */
export interface LocalEngineParts {
  readonly manifests: readonly Manifest[]
  /** Searched in order for each model. */
  readonly stores: readonly Store[]
  /** Needed when a store does not lie on this disk. */
  readonly cache?: DiskCache | undefined
  /** Most bytes of model files in memory at once. */
  readonly budgetBytes: number
  readonly threads: number
  /** Most padded tokens in one run of a graph. */
  readonly tokenBudget: number
}

/** What runs a model: exactly one of the two, as its task is. */
interface Runner {
  readonly encoder?: Encoder
  readonly reranker?: Reranker
  release(): Promise<void>
}

interface Loaded extends Runner {
  readonly loadMs: number
}

/** An engine in this thread. The ONNX runtime is synchronous: while a graph runs, the thread does nothing else. */
export function createLocalEngine(parts: LocalEngineParts): Engine {
  const manifests = new Map(parts.manifests.map((manifest) => [manifest.id, manifest]))
  const pool = createLeasePool<Loaded>(parts.budgetBytes)
  const loads = createLoads()
  const acquire = (model: string, context: Context): Promise<Lease<Loaded>> => {
    const manifest = manifests.get(model)
    if (!manifest)
      throw new AppError('unknown_model', `The engine has no model ${model}; add it to the catalog.`)
    return loads.await(
      pool.acquire(model, bytesOf(manifest), loaderOf(manifest, parts, loads.context)),
      context,
    )
  }

  /** Runs a job with its model in memory, and adds to the outcome what it took to have it there. */
  const runWith = async <Outcome extends object>(
    model: string,
    context: Context,
    run: (runner: Runner) => Promise<Outcome>,
  ): Promise<Outcome & Loading> => {
    const lease = await acquire(model, context)
    try {
      const outcome = await run(lease.value)
      return {
        ...outcome,
        coldStart: lease.loaded,
        loadMs: lease.loaded ? lease.value.loadMs : 0,
        loadBytes: lease.loaded ? bytesOf(manifests.get(model)!) : 0,
        evictions: lease.evictions,
      }
    } finally {
      lease.release()
    }
  }

  return {
    embed: ({ model, inputs, options }, context) =>
      runWith(model, context, async ({ encoder }) => {
        if (!encoder) throw wrongTask(manifests.get(model)!, 'makes vectors')
        return encoder.embed(inputs, options, context)
      }),
    score: ({ model, query, texts, options }, context) =>
      runWith(model, context, async ({ reranker }) => {
        if (!reranker) throw wrongTask(manifests.get(model)!, 'scores pairs')
        return reranker.score(query, texts, options, context)
      }),
    async preload(models, context) {
      for (const model of models) (await acquire(model, context)).release()
    },
    loaded: () => pool.entries().map(({ key, bytes }) => ({ model: key, bytes })),
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

function bytesOf(manifest: Manifest): number {
  return manifest.files.reduce((sum, file) => sum + file.bytes, 0)
}

function loaderOf(manifest: Manifest, parts: LocalEngineParts, context: Context): Loader<Loaded> {
  return {
    async load() {
      const start = performance.now()
      const artifacts = await locateArtifacts(manifest, parts.stores, { cache: parts.cache, context })
      try {
        const runner = await loadRunner(manifest, artifacts, parts)
        return { ...runner, loadMs: performance.now() - start }
      } finally {
        // The runtime has its own copy by now.
        artifacts.release()
      }
    },
    release: (loaded) => loaded.release(),
  }
}

/** Reads and verifies the graph in the background while the tokenizer is built. */
async function loadRunner(
  manifest: Manifest,
  artifacts: Artifacts,
  { threads, tokenBudget }: LocalEngineParts,
): Promise<Runner> {
  const loading = [verifiedGraph(manifest, artifacts), loadModelTokenizer(manifest, artifacts)] as const
  // When one fails, the files must not be let go of while the other still writes.
  await Promise.allSettled(loading)
  const [{ path, optimized }, tokenizer] = await Promise.all(loading)
  if (manifest.task === 'rerank') {
    const session = await createScoringSession(path, manifest.id, { threads, optimized })
    const reranker = createCrossEncoder({ manifest, tokenizer, session, tokenBudget })
    return { reranker, release: () => session.release() }
  }
  const session = await createSession(path, manifest.id, { threads, optimized })
  const encoder = createTextEncoder({ manifest, tokenizer, session, tokenBudget })
  return { encoder, release: () => session.release() }
}

function wrongTask({ id, task }: Manifest, wanted: string): AppError {
  return new AppError('unsupported_task', `Model ${id} is made to ${task}; expected one that ${wanted}.`, {
    details: { field: 'model', model: id, task },
  })
}
