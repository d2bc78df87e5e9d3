import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createContext } from '../../src/context.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { parseManifests } from '../../src/models/catalog/manifest-file.ts'
import type { EncodeOptions, EncoderInput } from '../../src/models/encode/encoder.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import { createLocalEngine, type LocalEngineParts } from '../../src/models/engine/in-process.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { rowOf } from '../../src/vector/matrix.ts'

/** Where the small models lie that `npm run fixtures` writes. */
export const fixtureFolder = join(import.meta.dirname, '..', 'fixtures', 'models')

/** The manifests of all fixture models: five families, each in float32 and int8, and a reranker. */
export const fixtureManifests: readonly Manifest[] = parseManifests(
  readFileSync(join(fixtureFolder, 'catalog.json'), 'utf8'),
  'of the fixtures',
)

/** An engine over the fixture models, closed when the test ends. */
export function openFixtures(parts: Partial<LocalEngineParts> = {}): Engine {
  const engine = createLocalEngine({
    manifests: fixtureManifests,
    stores: [createDirectoryStore(fixtureFolder)],
    budgetBytes: 1e8,
    threads: 1,
    tokenBudget: 512,
    ...parts,
  })
  onTestFinished(() => engine.close())
  return engine
}

/** The vectors of inputs, one array each. */
export async function vectorsOf(
  engine: Engine,
  model: string,
  inputs: readonly EncoderInput[],
  options: EncodeOptions = {},
): Promise<Float32Array[]> {
  const { vectors } = await engine.embed({ model, inputs, options }, createContext())
  return inputs.map((_, row) => rowOf(vectors, row))
}

/** The largest difference between two vectors of the same length. */
export function largestDifference(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let largest = 0
  for (let index = 0; index < first.length; index++) {
    const difference = Math.abs(first[index]! - second[index]!)
    // NaN, too, must not pass for small.
    if (!(difference <= largest)) largest = difference
  }
  return largest
}
