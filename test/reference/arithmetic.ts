import type { Matrix } from '../../src/vector/matrix.ts'
import type { LinearWeights, NormWeights } from '../fixture-models/weights.ts'

/** One vector per token, in doubles. */
export type Rows = readonly Float64Array[]

/** How numbers of a table are read and how rows are multiplied by weights; the bias is added elsewhere. */
export interface Arithmetic {
  row(table: Matrix, index: number): Float64Array
  multiply(rows: Rows, weight: Matrix): Rows
}

/** Weights as they are, products summed in doubles. */
export const EXACT: Arithmetic = {
  row: ({ data, columns }, index) =>
    Float64Array.from({ length: columns }, (_, c) => data[index * columns + c]!),
  multiply: (rows, weight) =>
    rows.map((row) => {
      const product = new Float64Array(weight.columns)
      for (let output = 0; output < weight.columns; output++) {
        for (let input = 0; input < weight.rows; input++) {
          product[output]! += row[input]! * weight.data[input * weight.columns + output]!
        }
      }
      return product
    }),
}

/** `rows · weight + bias` */
export function linear(arithmetic: Arithmetic, rows: Rows, { weight, bias }: LinearWeights): Rows {
  return arithmetic.multiply(rows, weight).map((row) => row.map((value, column) => value + bias[column]!))
}

/** The sum of two lists of rows. */
export function add(first: Rows, second: Rows): Rows {
  return first.map((row, index) => row.map((value, column) => value + second[index]![column]!))
}

/** Each row with mean 0 and variance 1, then scaled and shifted by column. */
export function layerNorm(rows: Rows, { scale, shift }: NormWeights, epsilon: number): Rows {
  return rows.map((row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
    return row.map(
      (value, column) => ((value - mean) / Math.sqrt(variance + epsilon)) * scale[column]! + shift[column]!,
    )
  })
}

/** Positive shares that sum to 1. */
export function softmax(scores: Float64Array): Float64Array {
  const largest = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

/** x · Φ(x), Φ the distribution function of the standard normal distribution. */
export function gelu(x: number): number {
  return (x * (1 + erf(x / Math.SQRT2))) / 2
}

/** The error function, to about 1e-15: 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (1 · 3 · … · (2n+1)). */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}
