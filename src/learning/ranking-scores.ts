import type { Matrix } from '../vector/matrix.ts'
import { rowOf } from '../vector/matrix.ts'
import type { Products } from './products.ts'

/** Queries at once: 512 × 3,039 products are 6 MB. */
const CHUNK = 512

/** What queries look for. */
export interface Sought {
  readonly targets: Int32Array
  /** Labels that are right for a query too, and so stand in nobody's way; by query. */
  readonly siblings?: readonly Int32Array[]
}

/**
 * The place, from 1, that each query's own label has among all labels.
 *
 * @param priors added to each label's cosine
 */
export async function placesOf(
  queries: Matrix,
  labels: Matrix,
  { targets, siblings }: Sought,
  products: Products,
  priors?: Float64Array,
): Promise<Float64Array> {
  const places = new Float64Array(queries.rows)
  for (let start = 0; start < queries.rows; start += CHUNK) {
    const rows = Math.min(CHUNK, queries.rows - start)
    const { columns } = queries
    const chunk = { data: queries.data.slice(start * columns, (start + rows) * columns), rows, columns }
    const scores = await products.timesTransposed(chunk, labels)
    for (let row = 0; row < rows; row++) {
      const values = rowOf(scores, row)
      for (const label of siblings?.[start + row] ?? []) values[label] = Number.NEGATIVE_INFINITY
      places[start + row] = placeOf(values, targets[start + row]!, priors)
    }
  }
  return places
}

/** One more than the labels that score higher; of equal ones the first stands first. */
function placeOf(scores: Float32Array, own: number, priors: Float64Array | undefined): number {
  const scoreOf = (label: number) => scores[label]! + (priors ? priors[label]! : 0)
  const value = scoreOf(own)
  let place = 1
  for (let label = 0; label < scores.length; label++) {
    const other = scoreOf(label)
    if (other > value || (other === value && label < own)) place += 1
  }
  return place
}

/** Reciprocal places: their mean is the MRR. */
export function reciprocals(places: Float64Array): Float64Array {
  return places.map((place) => 1 / place)
}

/** 1 where the own label is among the first ten, else 0: the mean is the recall@10 of one relevant label. */
export function withinTen(places: Float64Array): Float64Array {
  return places.map((place) => (place <= 10 ? 1 : 0))
}

/** The mean over labels of the means of their queries: what is popular counts once. */
export function macroMean(values: ArrayLike<number>, targets: ArrayLike<number>): number {
  const sums = new Map<number, { sum: number; count: number }>()
  for (let index = 0; index < values.length; index++) {
    const entry = sums.get(targets[index]!) ?? { sum: 0, count: 0 }
    entry.sum += values[index]!
    entry.count += 1
    sums.set(targets[index]!, entry)
  }
  let total = 0
  for (const { sum, count } of sums.values()) total += sum / count
  return sums.size === 0 ? 0 : total / sums.size
}
