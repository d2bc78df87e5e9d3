import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext } from '../../src/context.ts'
import type { EncodeOptions, EncoderInput } from '../../src/models/encoder.ts'
import type { Engine } from '../../src/models/engine.ts'
import { createLocalEngine } from '../../src/models/local.ts'
import type { Manifest } from '../../src/models/manifest.ts'
import { parseManifests } from '../../src/models/manifest-file.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { rowOf } from '../../src/vector/matrix.ts'

/** Holds a folder for each fixture, and their catalog.json. */
export const FIXTURE_FOLDER = join(import.meta.dirname, '../fixtures/models')

/** The manifests of the fixtures: `bert-float32`, `bert-int8`, and so on. */
export function fixtureManifests(): Manifest[] {
  const path = join(FIXTURE_FOLDER, 'catalog.json')
  return parseManifests(readFileSync(path, 'utf8'), path)
}

/** An engine of this thread with all fixtures. */
export function createFixtureEngine(tokenBudget = 512): Engine {
  return createLocalEngine({
    manifests: fixtureManifests(),
    stores: [createDirectoryStore(FIXTURE_FOLDER)],
    budgetBytes: 1 << 26,
    threads: 1,
    tokenBudget,
  })
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
