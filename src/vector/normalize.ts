import { type Matrix, rowOf } from './matrix.ts'

/** Scales each row of `matrix` to length 1, in place. A row of zeros stays zeros. */
export function normalizeRows(matrix: Matrix): void {
  for (let row = 0; row < matrix.rows; row++) normalizeVector(rowOf(matrix, row))
}

/** Scales `vector` to length 1, in place; sums in float64. A vector of zeros stays zeros. */
export function normalizeVector(vector: Float32Array): void {
  let sum = 0
  for (let index = 0; index < vector.length; index++) sum += vector[index]! * vector[index]!
  if (sum === 0) return
  const scale = 1 / Math.sqrt(sum)
  for (let index = 0; index < vector.length; index++) vector[index]! *= scale
}
