import type { Pooling } from '../../src/vector/pooling.ts'
import type { Family } from '../fixture-models/families.ts'
import type { EncoderWeights, LayerWeights } from '../fixture-models/weights.ts'
import { type Arithmetic, add, gelu, layerNorm, linear, type Rows, softmax } from './arithmetic.ts'
import { distanceBucket, REFERENCE_FAMILIES } from './families.ts'

/** An encoder as the forward pass sees it. */
export interface ReferenceModel {
  readonly family: Family
  readonly heads: number
  readonly weights: EncoderWeights
  readonly arithmetic: Arithmetic
}

/** The last hidden state of one text, by plain arithmetic. `typeIds` are all 0 when absent. */
export function forward(model: ReferenceModel, ids: readonly number[], typeIds?: readonly number[]): Rows {
  const { weights, arithmetic } = model
  const { epsilon, positions } = REFERENCE_FAMILIES[model.family]
  const rowsOf = (table: EncoderWeights['words'], rows: readonly number[]) =>
    rows.map((row) => arithmetic.row(table, row))
  let sum: Rows = add(rowsOf(weights.words, ids), rowsOf(weights.positions, positions(ids)))
  if (weights.types) sum = add(sum, rowsOf(weights.types, typeIds ?? ids.map(() => 0)))
  let hidden = layerNorm(sum, weights.norm, epsilon)
  for (const layer of weights.layers) {
    const attended = linear(arithmetic, attend(model, layer, hidden), layer.attended)
    const middle = layerNorm(add(attended, hidden), layer.attentionNorm, epsilon)
    const wide = linear(arithmetic, middle, layer.widen).map((row) => row.map(gelu))
    hidden = layerNorm(add(linear(arithmetic, wide, layer.narrow), middle), layer.outputNorm, epsilon)
  }
  return hidden
}

/** What every token takes from all tokens, head by head. */
function attend({ heads, weights, arithmetic }: ReferenceModel, layer: LayerWeights, hidden: Rows): Rows {
  const query = linear(arithmetic, hidden, layer.query)
  const key = linear(arithmetic, hidden, layer.key)
  const value = linear(arithmetic, hidden, layer.value)
  const size = hidden[0]!.length / heads
  return hidden.map((row, from) => {
    const mixed = new Float64Array(row.length)
    for (let head = 0; head < heads; head++) {
      const scores = Float64Array.from(hidden, (_, to) => {
        let score = 0
        for (let column = head * size; column < (head + 1) * size; column++) {
          score += query[from]![column]! * key[to]![column]!
        }
        score /= Math.sqrt(size)
        const table = weights.relativeBias
        return table ? score + arithmetic.row(table, distanceBucket(from, to))[head]! : score
      })
      softmax(scores).forEach((share, to) => {
        for (let column = head * size; column < (head + 1) * size; column++) {
          mixed[column]! += share * value[to]![column]!
        }
      })
    }
    return mixed
  })
}

/** One vector of a text from its last hidden state, of length 1. */
export function pool(rows: Rows, pooling: Pooling): Float64Array {
  const sum = new Float64Array(rows[0]!.length)
  const kept = pooling === 'mean' ? rows : [pooling === 'cls' ? rows[0]! : rows.at(-1)!]
  for (const row of kept) {
    row.forEach((value, column) => {
      sum[column]! += value
    })
  }
  const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0))
  return sum.map((value) => value / length)
}
