import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { LocalStore } from '../storage/directory.ts'
import { type Artifacts, locateArtifacts } from './artifacts.ts'
import { loadModelTokenizer, verifiedGraph } from './derived.ts'
import type { Encoder } from './encoder.ts'
import type { Engine } from './engine.ts'
import { createLeasePool, type Lease, type Loader } from './lru.ts'
import type { Manifest } from './manifest.ts'
import { createSession } from './session.ts'
import { createTextEncoder } from './text-encoder.ts'

/** What the engine in this thread is made of. */
export interface LocalEngineParts {
  readonly manifests: readonly Manifest[]
  /** Searched in order for each model. */
  readonly stores: readonly LocalStore[]
  /** Most bytes of model files in memory at once. */
  readonly budgetBytes: number
  readonly threads: number
  /** Most padded tokens in one run of a graph. */
  readonly tokenBudget: number
}

interface LoadedEncoder {
  readonly encoder: Encoder
  readonly loadMs: number
  release(): Promise<void>
}

/** An engine in this thread. The ONNX runtime is synchronous: while a graph runs, the thread does nothing else. */
export function createLocalEngine(parts: LocalEngineParts): Engine {
  const manifests = new Map(parts.manifests.map((manifest) => [manifest.id, manifest]))
  const pool = createLeasePool<LoadedEncoder>(parts.budgetBytes)
  const acquire = (model: string): Promise<Lease<LoadedEncoder>> => {
    const manifest = manifests.get(model)
    if (!manifest)
      throw new AppError('unknown_model', `The engine has no model ${model}; add it to the catalog.`)
    return pool.acquire(model, bytesOf(manifest), loaderOf(manifest, parts))
  }

  return {
    async embed({ model, inputs, options }, context) {
      const lease = await acquire(model)
      try {
        const encoded = await lease.value.encoder.embed(inputs, options, context)
        return {
          ...encoded,
          coldStart: lease.loaded,
          loadMs: lease.loaded ? lease.value.loadMs : 0,
          loadBytes: lease.loaded ? bytesOf(manifests.get(model)!) : 0,
          evictions: lease.evictions,
        }
      } finally {
        lease.release()
      }
    },
    async preload(models, _context: Context) {
      for (const model of models) (await acquire(model)).release()
    },
    loaded: () => pool.entries().map(({ key, bytes }) => ({ model: key, bytes })),
    close: () => pool.close(),
  }
}

function bytesOf(manifest: Manifest): number {
  return manifest.files.reduce((sum, file) => sum + file.bytes, 0)
}

function loaderOf(manifest: Manifest, parts: LocalEngineParts): Loader<LoadedEncoder> {
  return {
    async load() {
      const start = performance.now()
      const artifacts = await locateArtifacts(manifest, parts.stores)
      const encoder = await loadEncoder(manifest, artifacts, parts)
      return { ...encoder, loadMs: performance.now() - start }
    },
    release: (loaded) => loaded.release(),
  }
}

/** Reads and verifies the graph in the background while the tokenizer is built. */
async function loadEncoder(manifest: Manifest, artifacts: Artifacts, parts: LocalEngineParts) {
  const [graph, tokenizer] = await Promise.all([
    verifiedGraph(manifest, artifacts),
    loadModelTokenizer(manifest, artifacts),
  ])
  const { threads, tokenBudget } = parts
  const session = await createSession(graph.path, manifest.id, { threads, optimized: graph.optimized })
  const encoder = createTextEncoder({ manifest, tokenizer, session, tokenBudget })
  return { encoder, release: () => session.release() }
}
