import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createContext } from '../../src/context.ts'
import { partsOf } from '../../src/models/catalog/learned.ts'
import type { Canary, Manifest } from '../../src/models/catalog/manifest.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import { createLocalEngine } from '../../src/models/engine/in-process.ts'
import { readVerified } from '../../src/models/files/verification.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { cosine } from '../../src/vector/similarity.ts'

/** How a model answered to one canary. */
interface CanaryResult {
  readonly text: string
  /** Between the values of the manifest and as many of the model's own. */
  readonly cosine: number
}

/** int8 weights turn a vector by this much at most; a wrong pooling or prompt by far more. */
export const LEAST_COSINE = 0.9

/**
 * Hashes every file of the model in the first of the folders that has it, those of an adapted one in its base's folder
 * and in its own; loads it and runs its canaries.
 *
 * @throws AppError `artifact_missing`, `artifact_corrupt`, `inference_failed`
 */
export async function verifyModel(
  manifest: Manifest,
  ...folders: readonly string[]
): Promise<CanaryResult[]> {
  for (const { manifest: part } of partsOf(manifest)) {
    const folder = folders.find((place) => existsSync(join(place, part.id, part.graph))) ?? folders[0]!
    for (const file of part.files) readVerified(join(folder, part.id, file.path), file, part.id)
  }
  const engine = createLocalEngine({
    manifests: [manifest],
    stores: folders.map(createDirectoryStore),
    budgetBytes: Number.MAX_SAFE_INTEGER,
    threads: 2,
    tokenBudget: 512,
  })
  try {
    await engine.preload([manifest.id], createContext({ requestId: 'verify' }))
    const results: CanaryResult[] = []
    for (const canary of manifest.canaries) results.push(await runCanary(manifest, canary, engine))
    return results
  } finally {
    await engine.close()
  }
}

async function runCanary(
  { id, dimensions }: Manifest,
  { text, documents, values }: Canary,
  engine: Engine,
): Promise<CanaryResult> {
  if (documents) {
    const { scores } = await engine.score(
      { model: id, query: text, texts: documents, options: {} },
      createContext(),
    )
    return { text, cosine: cosine(values, scores.slice(0, values.length)) }
  }
  const options = { dimensions, truncate: 'end' } as const
  const { vectors } = await engine.embed({ model: id, inputs: [text], options }, createContext())
  return { text, cosine: cosine(values, vectors.data.subarray(0, values.length)) }
}
