import { createMatrix, type Matrix, rowOf } from '../vector/matrix.ts'
import { dot } from '../vector/similarity.ts'
import { createSparseAdam } from './adam.ts'
import type { Products } from './products.ts'
import type { Student } from './student.ts'

/** Which vectors an adapter maps: those of queries alone, so that stored ones stay valid, or all. */
export type AdaptedSide = 'query' | 'both'

const LEARNING_RATE = 0.001
/** Of the sum of squares of what is added to the identity. */
const DECAY = 1e-3

/** Mapped rows: their unit vectors, and how long they were before. */
interface Mapped {
  readonly from: Matrix
  readonly units: Matrix
  readonly lengths: Float64Array
}

/** The map that leaves every vector as it is. */
export function identity(columns: number): Matrix {
  const weight = createMatrix(columns, columns)
  for (let place = 0; place < columns; place++) weight.data[place * columns + place] = 1
  return weight
}

/** Unit vectors by the model that is adapted. */
interface AdaptedVectors {
  readonly queries: Matrix
  readonly labels: Matrix
}

/**
 * A linear map of frozen vectors.
 *
 * @param weight `[columns, columns]`, row-major, fitted in place: a vector v becomes v · weight, brought to length 1
 */
export function createAdapterStudent(
  weight: Matrix,
  { queries, labels }: AdaptedVectors,
  side: AdaptedSide,
  products: Products,
): Student {
  const { columns } = weight
  const adam = createSparseAdam(weight)
  const allRows = Int32Array.from({ length: columns }, (_, row) => row)
  const kept = weight.data.slice()
  let [ofQueries, ofLabels]: Mapped[] = []
  const map = async (from: Matrix): Promise<Mapped> => normalized(from, await products.times(from, weight))
  return {
    weight,
    async queries(rows) {
      ofQueries = await map(pickRows(queries, rows))
      return ofQueries.units
    },
    async labels(rows) {
      const picked = pickRows(labels, rows)
      if (side === 'query') return picked
      ofLabels = await map(picked)
      return ofLabels.units
    },
    async step(queryGradients, labelGradients) {
      const slope = await products.transposedTimes(ofQueries!.from, across(ofQueries!, queryGradients))
      if (side === 'both') {
        const more = await products.transposedTimes(ofLabels!.from, across(ofLabels!, labelGradients))
        for (let at = 0; at < slope.data.length; at++) slope.data[at]! += more.data[at]!
      }
      for (let at = 0; at < slope.data.length; at++) {
        const start = at % (columns + 1) === 0 ? 1 : 0
        slope.data[at]! += 2 * DECAY * (weight.data[at]! - start)
      }
      adam.step(allRows, slope.data, columns, LEARNING_RATE)
    },
    keep: () => kept.set(weight.data),
    restore: () => weight.data.set(kept),
  }
}

/** These rows, in a matrix of their own. */
function pickRows(matrix: Matrix, rows: Int32Array): Matrix {
  const picked = createMatrix(rows.length, matrix.columns)
  for (let row = 0; row < rows.length; row++) rowOf(picked, row).set(rowOf(matrix, rows[row]!))
  return picked
}

function normalized(from: Matrix, mapped: Matrix): Mapped {
  const lengths = new Float64Array(mapped.rows)
  for (let row = 0; row < mapped.rows; row++) {
    const vector = rowOf(mapped, row)
    const length = Math.sqrt(dot(vector, vector))
    lengths[row] = length
    if (length > 0) for (let column = 0; column < vector.length; column++) vector[column]! /= length
  }
  return { from, units: mapped, lengths }
}

/** The derivative by a vector's own values: its length does not matter, so only the part across it is left. */
function across({ units, lengths }: Mapped, gradients: Matrix): Matrix {
  const result = createMatrix(gradients.rows, gradients.columns)
  for (let row = 0; row < gradients.rows; row++) {
    const [unit, gradient, target] = [rowOf(units, row), rowOf(gradients, row), rowOf(result, row)]
    const length = lengths[row]!
    if (length === 0) continue
    const along = dot(gradient, unit)
    for (let column = 0; column < target.length; column++)
      target[column] = (gradient[column]! - along * unit[column]!) / length
  }
  return result
}
