import { quantizeWeight, type Weight } from '../../scripts/models/shape.ts'

/** Rows of numbers, as long as each other. */
export type Rows = number[][]

/** `rows × weight + bias`, with the plainest of loops. */
export function multiply(rows: Rows, weight: Weight, bias: Weight): Rows {
  const columns = weight.shape[1]!
  return rows.map((row) =>
    Array.from({ length: columns }, (_, column) => {
      let sum = bias.data[column]!
      for (let index = 0; index < row.length; index++)
        sum += row[index]! * weight.data[index * columns + column]!
      return sum
    }),
  )
}

/** How close a run came to rounding the other way, in steps: 0.5 is as far as can be, 0 is a tie. */
export interface Rounding {
  nearestTie: number
}

/**
 * The same with both sides in bytes, as the operators DynamicQuantizeLinear and MatMulInteger specify: one scale
 * and zero point for all rows of the run.
 */
export function multiplyQuantized(rows: Rows, weight: Weight, bias: Weight, rounding: Rounding): Rows {
  const columns = weight.shape[1]!
  const { codes, scale: weightScale } = quantizeWeight(weight)
  const { bytes, scale, zero } = quantizeRows(rows, rounding)
  return bytes.map((row) =>
    Array.from({ length: columns }, (_, column) => {
      let sum = 0
      for (let index = 0; index < row.length; index++)
        sum += (row[index]! - zero) * codes[index * columns + column]!
      return sum * scale * weightScale + bias.data[column]!
    }),
  )
}

function quantizeRows(rows: Rows, rounding: Rounding) {
  const largest = Math.max(0, ...rows.map((row) => Math.max(...row)))
  const least = Math.min(0, ...rows.map((row) => Math.min(...row)))
  const scale = Math.fround((Math.fround(largest) - Math.fround(least)) / 255)
  const clamp = (value: number) => Math.min(255, Math.max(0, value))
  const zero = clamp(roundToEven(-Math.fround(least) / scale))
  for (const value of rows.flat()) {
    const code = value / scale
    rounding.nearestTie = Math.min(rounding.nearestTie, Math.abs(code - Math.floor(code) - 0.5))
  }
  const bytes = rows.map((row) => row.map((value) => clamp(roundToEven(Math.fround(value) / scale) + zero)))
  return { bytes, scale, zero }
}

function roundToEven(value: number): number {
  const down = Math.floor(value)
  const rest = value - down
  if (rest !== 0.5) return Math.round(value)
  return down % 2 === 0 ? down : down + 1
}
