import { AppError } from '../../errors.ts'
import { isAdapted } from '../catalog/learned.ts'
import type { Manifest } from '../catalog/manifest.ts'
import type { Artifacts } from '../files/artifacts.ts'
import { createScoringSession, createSession } from '../runtime/session.ts'
import { createCrossEncoder } from './cross-encoder.ts'
import { graphColumns, loadHeads } from './dense-layers.ts'
import type { Encoder } from './encoder.ts'
import { loadModelTokenizer, verifiedGraph } from './load-derived.ts'
import type { Reranker } from './pair-scorer.ts'
import { createTextEncoder } from './text-encoder.ts'

/** What runs a model: exactly one of the two, as its task is. */
export interface Runner {
  readonly encoder?: Encoder
  readonly reranker?: Reranker
  release(): Promise<void>
}

/** How graphs are run. */
export interface RunnerSettings {
  readonly threads: number
  /** Most padded tokens in one run of a graph. */
  readonly tokenBudget: number
  /** Hears of each run of a graph, with the inputs that it has. */
  readonly onRun?: ((inputs: number) => void) | undefined
}

/**
 * Loads a model from its files, each of which is verified first.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`, `inference_failed`
 */
export async function loadRunner(
  manifest: Manifest,
  artifacts: Artifacts,
  { threads, tokenBudget, onRun }: RunnerSettings,
): Promise<Runner> {
  const loading = [
    verifiedGraph(manifest, artifacts),
    loadModelTokenizer(manifest, artifacts),
    loadHeads(manifest, artifacts),
    mapOf(manifest, artifacts),
  ] as const
  // All of them, before one throws: the caller then releases the files, and another may still be writing one.
  await Promise.allSettled(loading)
  const [{ path, optimized }, tokenizer, heads, map] = await Promise.all(loading)
  if (manifest.task === 'rerank') {
    if (manifest.dimensions !== 1) throw notOneScore(manifest)
    const session = await createScoringSession(path, manifest.id, { threads, optimized, onRun })
    const reranker = createCrossEncoder({ manifest, tokenizer, session, tokenBudget })
    return { reranker, release: () => session.release() }
  }
  const width = graphColumns(manifest, heads)
  const session = await createSession(path, manifest.id, { threads, optimized, onRun, ...width })
  const adapter = map && (await openMap(manifest, map, threads).catch(releasing(session)))
  const encoder = createTextEncoder({ manifest, tokenizer, session, heads, adapter, tokenBudget })
  const release = async () => {
    await session.release()
    await adapter?.release()
  }
  return { encoder, release }
}

/** Imported by models that have a map alone. */
async function mapOf(manifest: Manifest, artifacts: Artifacts): Promise<Float32Array | undefined> {
  if (!isAdapted(manifest)) return undefined
  const { readMap } = await import('./adapter.ts')
  return readMap(manifest, artifacts)
}

async function openMap(manifest: Manifest, map: Float32Array, threads: number) {
  const { openAdapter } = await import('./adapter.ts')
  return openAdapter(manifest, map, threads)
}

function releasing(session: { release(): Promise<void> }) {
  return async (error: unknown): Promise<never> => {
    await session.release()
    throw error
  }
}

function notOneScore({ id, dimensions }: Manifest): AppError {
  return new AppError(
    'artifact_corrupt',
    `The manifest of reranker ${id} says ${dimensions} dimensions; expected 1, the one score of a pair; correct "dimensions" in the catalog.`,
    { details: { model: id, expected: '1', got: String(dimensions) } },
  )
}
