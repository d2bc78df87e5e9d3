import type { Products } from '../../src/learning/products.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { normalizeRows } from '../../src/vector/normalize.ts'
import { axesOf } from '../train/axes.ts'
import { UNKNOWN, type VectorFile } from './vector-file.ts'

/** Vectors that are in memory at a time. */
const CHUNK = 4096

/**
 * The axes along which a teacher's vectors lie widest, one a row. About zero and not about their mean: so 256 of 384
 * axes keep the order of the teacher's similarities to 0.9995, about the mean to 0.80 (Spearman, 2,000 job texts).
 *
 * @param from the first row that counts
 */
export async function findAxes(
  vectors: VectorFile,
  from: number,
  count: number,
  products: Products,
): Promise<Matrix> {
  const square = createMatrix(vectors.columns, vectors.columns)
  for (let start = from; start < vectors.rows; start += CHUNK) {
    const chunk = vectors.read(start, Math.min(vectors.rows, start + CHUNK))
    const part = await products.transposedTimes(chunk, chunk)
    for (let at = 0; at < square.data.length; at++) square.data[at]! += part.data[at]!
  }
  return axesOf(square, count, products)
}

/** The unit vectors that a student with these axes should have; zeros where the teacher knows nothing. */
export async function targetsOf(vectors: VectorFile, axes: Matrix, products: Products): Promise<Matrix> {
  const targets = createMatrix(vectors.rows, axes.rows)
  for (let start = 0; start < vectors.rows; start += CHUNK) {
    const end = Math.min(vectors.rows, start + CHUNK)
    const seen = await products.timesTransposed(vectors.read(start, end), axes)
    for (let row = start; row < end; row++)
      if (vectors.states[row] === UNKNOWN) rowOf(seen, row - start).fill(0)
    normalizeRows(seen)
    targets.data.set(seen.data, start * axes.rows)
  }
  return targets
}
