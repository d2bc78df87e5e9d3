import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createContext } from '../../src/context.ts'
import catalog from '../../src/models/catalog/catalog.json' with { type: 'json' }
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import type { EncodeOptions } from '../../src/models/encode/encoder.ts'
import { createLocalEngine } from '../../src/models/engine/in-process.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { loadTokenizer } from '../../src/tokenizer/tokenizer.ts'
import { rowOf } from '../../src/vector/matrix.ts'

/** Where the answers of Python lie, each with the program beside the tests that wrote them. */
export const realFixtures = join(import.meta.dirname, '..', 'fixtures', 'real-models')

/** Steps of the largest value of a vector, as the Python programs round it. */
const STEPS = 32767

/** What Python says to {@link oddTexts}. */
interface Reference {
  readonly model: string
  readonly revision: string
  readonly ids: readonly (readonly number[])[]
  /** Directions, to 1 part in 32,767 of the largest value. */
  readonly vectors: readonly Float32Array[]
  /** Lengths of the vectors, of models that need not bring them to 1. */
  readonly norms?: readonly number[]
}

/** Texts of many scripts, code, control characters, runs without a space, and beyond every maximum. */
export function oddTexts(): readonly string[] {
  return JSON.parse(readFileSync(join(realFixtures, 'texts.json'), 'utf8'))
}

/** The answers in a file of {@link realFixtures}. */
export function readReference(file: string): Reference {
  const { vectors, dimensions, ...facts } = JSON.parse(readFileSync(join(realFixtures, file), 'utf8'))
  return { ...facts, vectors: unpackVectors(vectors, dimensions) }
}

/** Rows of 16-bit integers in base64; their lengths are lost, their directions kept. */
function unpackVectors(packed: string, dimensions: number): Float32Array[] {
  const bytes = Buffer.from(packed, 'base64')
  const rows = bytes.length / 2 / dimensions
  return Array.from({ length: rows }, (_, row) =>
    Float32Array.from({ length: dimensions }, (_, column) => {
      return bytes.readInt16LE(2 * (row * dimensions + column)) / STEPS
    }),
  )
}

/** A manifest of the catalog, with some fields changed. */
export function manifestOf(id: string, fields: Partial<Manifest> = {}): Manifest {
  return { ...(catalog as Manifest[]).find((model) => model.id === id)!, ...fields }
}

/** Embeds with one model of a folder, which is closed when the test ends. */
export function openModel(manifest: Manifest, folder: string) {
  const stores = [createDirectoryStore(folder)]
  const engine = createLocalEngine({
    manifests: [manifest],
    stores,
    budgetBytes: 4e9,
    threads: 1,
    tokenBudget: 1024,
  })
  onTestFinished(() => engine.close())
  return async (inputs: readonly string[], options: EncodeOptions = {}) => {
    const { vectors } = await engine.embed({ model: manifest.id, inputs, options }, createContext())
    return inputs.map((_, row) => rowOf(vectors, row))
  }
}

/** The ids that a model's graph would see of each text. */
export async function idsOf(
  manifest: Manifest,
  folder: string,
  texts: readonly string[],
): Promise<number[][]> {
  const json = readFileSync(join(folder, manifest.id, manifest.tokenizer), 'utf8')
  const tokenizer = await loadTokenizer(json, manifest)
  const limits = { maxTokens: manifest.maxTokens, truncate: 'end' } as const
  return texts.map((text) => [...tokenizer.encode(text, limits).ids])
}
