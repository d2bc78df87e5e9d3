import { createRandom, type Random } from '../../src/training/random.ts'
import type { Matrix } from '../../src/vector/matrix.ts'
import { FAMILY_FACTS, type Family } from './families.ts'

/** The size of an encoder. */
export interface EncoderShape {
  readonly family: Family
  readonly layers: number
  readonly hidden: number
  /** Divides `hidden`. */
  readonly heads: number
  readonly intermediate: number
  readonly vocabularySize: number
  /** Most tokens of a text; families that count from the pad id keep two rows more. */
  readonly positions: number
  /** Whether the encoder ends in one score for the whole input instead of a vector per token. */
  readonly scores?: boolean
}

/** A linear map `x · weight + bias`: `weight` is `[inputs, outputs]`, `bias` has one value per output. */
export interface LinearWeights {
  readonly weight: Matrix
  readonly bias: Float32Array
}

/** Scale and shift of a layer normalization, one of each per column. */
export interface NormWeights {
  readonly scale: Float32Array
  readonly shift: Float32Array
}

/** One layer: attention, then a map to `intermediate` columns and back, each added to its input and normalized. */
export interface LayerWeights {
  readonly query: LinearWeights
  readonly key: LinearWeights
  readonly value: LinearWeights
  readonly attended: LinearWeights
  readonly attentionNorm: NormWeights
  readonly widen: LinearWeights
  readonly narrow: LinearWeights
  readonly outputNorm: NormWeights
}

/** All weights of an encoder in float32. */
export interface EncoderWeights {
  readonly words: Matrix
  readonly positions: Matrix
  /** Absent in families without token types. */
  readonly types: Matrix | undefined
  /** `[buckets of distance, heads]`; absent in families without it. */
  readonly relativeBias: Matrix | undefined
  readonly norm: NormWeights
  readonly layers: readonly LayerWeights[]
  /** Present when the encoder scores: a dense layer on the first token's vector, through tanh, and one logit of it. */
  readonly head?: { readonly pooler: LinearWeights; readonly classifier: LinearWeights }
}

/** Buckets of distance in MPNet. */
export const DISTANCE_BUCKETS = 32

/**
 * Random weights of a trained encoder's proportions: words weigh more than positions, and attention is uneven
 * enough to tell tokens apart. The same seed gives the same bytes on every machine.
 */
export function randomWeights(shape: EncoderShape, seed: number): EncoderWeights {
  const random = createRandom(seed)
  const { hidden, intermediate, heads } = shape
  const facts = FAMILY_FACTS[shape.family]
  const linear = (inputs: number, outputs: number, gain: number): LinearWeights => ({
    weight: randomMatrix(random, inputs, outputs, gain / Math.sqrt(inputs)),
    bias: randomMatrix(random, 1, outputs, 0.1).data,
  })
  const norm = (): NormWeights => ({
    scale: randomMatrix(random, 1, hidden, 0.1).data.map((value) => 1 + value),
    shift: randomMatrix(random, 1, hidden, 0.1).data,
  })
  const positionRows = shape.positions + (facts.positions === 'tokens' ? facts.padId + 1 : 0)
  return {
    words: randomMatrix(random, shape.vocabularySize, hidden, 1),
    positions: randomMatrix(random, positionRows, hidden, 0.5),
    types: facts.types > 0 ? randomMatrix(random, facts.types, hidden, 0.5) : undefined,
    relativeBias: facts.relativeBias ? randomMatrix(random, DISTANCE_BUCKETS, heads, 1) : undefined,
    norm: norm(),
    layers: Array.from({ length: shape.layers }, () => ({
      query: linear(hidden, hidden, 1.5),
      key: linear(hidden, hidden, 1.5),
      value: linear(hidden, hidden, 1),
      attended: linear(hidden, hidden, 1),
      attentionNorm: norm(),
      widen: linear(hidden, intermediate, 1),
      narrow: linear(intermediate, hidden, 1),
      outputNorm: norm(),
    })),
    ...(shape.scores && { head: { pooler: linear(hidden, hidden, 1.5), classifier: linear(hidden, 1, 3) } }),
  }
}

/**
 * Values of about a normal distribution, as sums of four uniform ones: unlike logarithms and cosines, sums round
 * alike in every JavaScript engine.
 */
function randomMatrix(random: Random, rows: number, columns: number, deviation: number): Matrix {
  const data = new Float32Array(rows * columns)
  const scale = deviation * Math.sqrt(3)
  for (let index = 0; index < data.length; index++) {
    data[index] = (random.next() + random.next() + random.next() + random.next() - 2) * scale
  }
  return { data, rows, columns }
}
