import type { Matrix } from '../../src/vector/matrix.ts'
import type { Arithmetic, Rows } from './arithmetic.ts'

/** 7 bits for weights, as the fixtures have them. */
const WEIGHT_STEPS = 64
const ACTIVATION_STEPS = 255

/** Dynamic int8 in loops, and how close a rounding of it was to going the other way. */
interface Int8Arithmetic extends Arithmetic {
  /** The smallest distance so far, in steps, between an activation and the middle of two steps. */
  closestCall(): number
}

/**
 * Dynamic int8 as the ONNX specification has it: weights in whole steps of one scale for each tensor; the rows of
 * a run in whole steps of one scale and zero point (DynamicQuantizeLinear); products summed as whole numbers.
 * Scales are float32, as in the graph.
 */
export function createInt8(): Int8Arithmetic {
  let closest = 0.5
  const toLevel = (steps: number, zero: number): number => {
    closest = Math.min(closest, Math.abs(steps - Math.floor(steps) - 0.5))
    return clamp(roundToEven(steps) + zero)
  }
  return {
    closestCall: () => closest,
    row(table, index) {
      const scale = weightScale(table)
      const start = index * table.columns
      const row = table.data.subarray(start, start + table.columns)
      return Float64Array.from(row, (value) => scale * roundToEven(value / scale))
    },
    multiply(rows, weight) {
      const { scale, zero } = activationScale(rows)
      const scaleOfWeights = weightScale(weight)
      const weights = Array.from(weight.data, (value) => roundToEven(value / scaleOfWeights))
      return rows.map((row) => {
        const levels = Array.from(row, (value) => toLevel(value / scale, zero))
        return Float64Array.from({ length: weight.columns }, (_, output) => {
          let sum = 0
          for (let input = 0; input < weight.rows; input++) {
            sum += (levels[input]! - zero) * weights[input * weight.columns + output]!
          }
          return sum * Math.fround(scale * scaleOfWeights)
        })
      })
    },
  }
}

/** The step that covers all values of the rows, and the level of 0, which always has one. */
function activationScale(rows: Rows): { scale: number; zero: number } {
  let smallest = 0
  let largest = 0
  for (const row of rows) {
    for (const value of row) {
      smallest = Math.min(smallest, value)
      largest = Math.max(largest, value)
    }
  }
  const scale = Math.fround((largest - smallest) / ACTIVATION_STEPS)
  return { scale, zero: clamp(roundToEven(-smallest / scale)) }
}

function clamp(level: number): number {
  return Math.min(ACTIVATION_STEPS, Math.max(0, level))
}

function weightScale({ data }: Matrix): number {
  let largest = 0
  for (const value of data) largest = Math.max(largest, Math.abs(value))
  return Math.fround(largest / WEIGHT_STEPS)
}

/** Halves go to the even neighbour. */
function roundToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}
