import type { Products } from '../../src/learning/products.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'

/**
 * The matrix that carries rows of `from` to rows of `to` best (least squares with a penalty on large numbers): a row times
 * it is the other row, about.
 */
export async function ridge(from: Matrix, to: Matrix, penalty: number, products: Products): Promise<Matrix> {
  const square = await products.transposedTimes(from, from)
  for (let at = 0; at < square.data.length; at += square.columns + 1) square.data[at]! += penalty
  return solve(square, await products.transposedTimes(from, to))
}

/** `square`⁻¹ · `right` of a symmetric matrix with positive eigenvalues (Cholesky). */
export function solve(square: Matrix, right: Matrix): Matrix {
  const size = square.rows
  const lower = Array.from({ length: size }, () => new Float64Array(size))
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = square.data[row * size + column]!
      for (let before = 0; before < column; before++) rest -= lower[row]![before]! * lower[column]![before]!
      lower[row]![column] = row === column ? Math.sqrt(rest) : rest / lower[column]![column]!
    }
  }
  const rows = Array.from({ length: size }, (_, row) => Float64Array.from(rowOf(right, row)))
  for (let row = 0; row < size; row++) {
    for (let before = 0; before < row; before++) subtract(rows[row]!, rows[before]!, lower[row]![before]!)
    divide(rows[row]!, lower[row]![row]!)
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let after = row + 1; after < size; after++) subtract(rows[row]!, rows[after]!, lower[after]![row]!)
    divide(rows[row]!, lower[row]![row]!)
  }
  const solution = createMatrix(size, right.columns)
  rows.forEach((row, index) => void rowOf(solution, index).set(row))
  return solution
}

function subtract(from: Float64Array, row: Float64Array, factor: number): void {
  if (factor === 0) return
  for (let column = 0; column < from.length; column++) from[column]! -= factor * row[column]!
}

function divide(row: Float64Array, by: number): void {
  for (let column = 0; column < row.length; column++) row[column]! /= by
}
