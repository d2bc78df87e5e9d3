import { type Matrix, rowOf } from './matrix.ts'

/**
 * Whether no value is NaN or an infinity. One multiplication a value (a finite number times 0 is 0, any other NaN), in
 * four sums, so that the processor need not wait for one to begin the next.
 */
export function allFinite(values: Float32Array): boolean {
  let first = 0
  let second = 0
  let third = 0
  let fourth = 0
  const end = values.length - (values.length % 4)
  for (let index = 0; index < end; index += 4) {
    first += values[index]! * 0
    second += values[index + 1]! * 0
    third += values[index + 2]! * 0
    fourth += values[index + 3]! * 0
  }
  for (let index = end; index < values.length; index++) first += values[index]! * 0
  return first + second + third + fourth === 0
}

/** The rows of a matrix that hold NaN or an infinity, in order; none, nearly always, which is found in one pass. */
export function brokenRows(matrix: Matrix): number[] {
  if (allFinite(matrix.data)) return []
  const rows: number[] = []
  for (let row = 0; row < matrix.rows; row++) if (!allFinite(rowOf(matrix, row))) rows.push(row)
  return rows
}
