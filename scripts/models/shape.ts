import { createRandom, type Random } from '../../src/training/random.ts'

/** Encoder architectures of the catalog. XLM-R is RoBERTa with another tokenizer. */
export type Family = 'bert' | 'distilbert' | 'mpnet' | 'roberta'

/** The sizes of one encoder. */
export interface EncoderShape {
  readonly family: Family
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly intermediate: number
  readonly vocabularySize: number
  /** Rows of the position table; RoBERTa and MPNet never use the first `padId + 1` for tokens. */
  readonly positions: number
  readonly padId: number
}

/** Float32 weights, row-major. A linear map of `[rows, columns]` takes `rows` values to `columns`. */
export interface Weight {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Every weight of an encoder by its name, such as `word` or `layer.0.query`. */
export type Weights = ReadonlyMap<string, Weight>

/** Buckets of MPNet's relative positions, as T5 has them. */
export const RELATIVE_BUCKETS = 32
/** Distances from here on share the last bucket. */
export const RELATIVE_DISTANCE = 128

/** What layer normalization adds to the variance, by family. */
export const EPSILON: Readonly<Record<Family, number>> = {
  bert: 1e-12,
  distilbert: 1e-12,
  mpnet: 1e-5,
  roberta: 1e-5,
}

/** Random weights of an encoder; the same seed gives the same ones. Vectors mean nothing, and differ widely. */
export function createWeights(shape: EncoderShape, seed: number): Weights {
  const random = createRandom(seed)
  const weights = new Map<string, Weight>()
  const { hidden, intermediate } = shape
  const add = (name: string, sizes: number[], scale: number, center = 0) => {
    weights.set(name, { shape: sizes, data: draw(random, sizes, scale, center) })
  }
  const norm = (name: string) => {
    add(`${name}.scale`, [hidden], 0.1, 1)
    add(`${name}.shift`, [hidden], 0.1)
  }
  const linear = (name: string, rows: number, columns: number) => {
    add(name, [rows, columns], 1.5 / Math.sqrt(rows))
    add(`${name}.bias`, [columns], 0.1)
  }
  add('word', [shape.vocabularySize, hidden], 1)
  add('position', [shape.positions, hidden], 0.5)
  if (shape.family === 'bert') add('type', [2, hidden], 0.5)
  if (shape.family === 'roberta') add('type', [1, hidden], 0.5)
  if (shape.family === 'mpnet') add('relative', [RELATIVE_BUCKETS, shape.heads], 1)
  norm('embedding')
  for (let layer = 0; layer < shape.layers; layer++) {
    for (const name of ['query', 'key', 'value', 'output']) linear(`layer.${layer}.${name}`, hidden, hidden)
    norm(`layer.${layer}.attended`)
    linear(`layer.${layer}.widen`, hidden, intermediate)
    linear(`layer.${layer}.narrow`, intermediate, hidden)
    norm(`layer.${layer}.done`)
  }
  return weights
}

function draw(random: Random, sizes: readonly number[], scale: number, center: number): Float32Array {
  const data = new Float32Array(sizes.reduce((product, size) => product * size, 1))
  for (let index = 0; index < data.length; index++) data[index] = center + scale * random.normal()
  return data
}

/** Weights in bytes: `codes × scale`. */
export interface QuantizedWeight {
  readonly shape: readonly number[]
  readonly codes: Int8Array
  readonly scale: number
}

/**
 * Rounds weights to seven bits: products of eight-bit activations with full eight-bit weights overflow the 16-bit
 * sums of x86 processors without VNNI, and vectors would depend on the processor.
 */
export function quantizeWeight({ shape, data }: Weight): QuantizedWeight {
  let largest = 0
  for (const value of data) largest = Math.max(largest, Math.abs(value))
  const scale = Math.fround(largest / 63)
  return { shape, codes: Int8Array.from(data, (value) => Math.round(value / scale)), scale }
}
