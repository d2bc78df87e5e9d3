import { AppError } from '../../errors.ts'
import { isAdapted } from '../catalog/learned.ts'
import type { Manifest } from '../catalog/manifest.ts'
import type { Artifacts } from '../files/artifacts.ts'
import { createScoringSession, createSession } from '../runtime/session.ts'
import type { Adapter } from './adapter.ts'
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
    adapterOf(manifest, artifacts),
  ] as const
  // All of them, before one throws: the caller then releases the files, and another may still be writing one.
  await Promise.allSettled(loading)
  const [{ path, optimized }, tokenizer, heads, adapter] = await Promise.all(loading)
  if (manifest.task === 'rerank') {
    if (manifest.dimensions !== 1) throw notOneScore(manifest)
    const session = await createScoringSession(path, manifest.id, { threads, optimized, onRun })
    const reranker = createCrossEncoder({ manifest, tokenizer, session, tokenBudget })
    return { reranker, release: () => session.release() }
  }
  const width = graphColumns(manifest, heads)
  const session = await createSession(path, manifest.id, { threads, optimized, onRun, ...width })
  const encoder = createTextEncoder({ manifest, tokenizer, session, heads, adapter, tokenBudget })
  return { encoder, release: () => session.release() }
}

/** Imported by models that have a map alone. */
async function adapterOf(manifest: Manifest, artifacts: Artifacts): Promise<Adapter | undefined> {
  if (!isAdapted(manifest)) return undefined
  const { createAdapter, readMap } = await import('./adapter.ts')
  return createAdapter(manifest, await readMap(manifest, artifacts))
}

function notOneScore({ id, dimensions }: Manifest): AppError {
  return new AppError(
    'artifact_corrupt',
    `The manifest of reranker ${id} says ${dimensions} dimensions; expected 1, the one score of a pair; correct "dimensions" in the catalog.`,
    { details: { model: id, expected: '1', got: String(dimensions) } },
  )
}
