import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRandom } from '../../../scripts/random.ts'
import {
  cosineRegression,
  inBatchNegatives,
  type Loss,
  multiplyTransposed,
} from '../../../scripts/train/losses.ts'

function randomUnits(rows: number, columns: number, seed: number): Float64Array {
  const random = createRandom(seed)
  const units = Float64Array.from({ length: rows * columns }, () => random.normal())
  for (let row = 0; row < rows; row++) {
    const slice = units.subarray(row * columns, (row + 1) * columns)
    const length = Math.hypot(...slice)
    slice.forEach((value, index) => {
      slice[index] = value / length
    })
  }
  return units
}

/** The slope of the loss by each value, measured by moving it a little. */
function measuredGradients(loss: Loss, units: Float64Array, count: number, columns: number): Float64Array {
  const step = 1e-6
  return units.map((value, index) => {
    const moved = (by: number) => {
      const copy = Float64Array.from(units)
      copy[index] = value + by
      return loss(copy, new Float64Array(units.length), count, columns)
    }
    return (moved(step) - moved(-step)) / (2 * step)
  })
}

test.each<[string, Loss]>([
  ['in-batch negatives', inBatchNegatives(Int32Array.of(-1, -1, -1, -1, -1), 4)],
  ['in-batch negatives with a masked group', inBatchNegatives(Int32Array.of(0, 1, 0, -1, 2), 4)],
  ['cosine regression', cosineRegression(Float64Array.of(0, 1, -0.5, 0.3, 0.9), 5)],
])('the gradients of %s are its measured slopes', (_, loss) => {
  const [count, columns] = [5, 6]
  const units = randomUnits(2 * count, columns, 11)
  const gradients = new Float64Array(units.length)
  loss(units, gradients, count, columns)
  measuredGradients(loss, units, count, columns).forEach((slope, index) => {
    expect(gradients[index]).toBeCloseTo(slope, 2)
  })
})

test('a batch of one pair has nothing to tell apart', () => {
  const units = randomUnits(2, 4, 1)
  expect(inBatchNegatives(Int32Array.of(-1), 20)(units, new Float64Array(8), 1, 4)).toBeCloseTo(0, 12)
})

test('products equal the plain loop at every size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }), (count, columns) => {
      const [left, right] = [randomUnits(count, columns, 1), randomUnits(count, columns, 2)]
      const product = multiplyTransposed(left, right, count, columns)
      for (let row = 0; row < count; row++) {
        for (let other = 0; other < count; other++) {
          let sum = 0
          for (let column = 0; column < columns; column++) {
            sum += left[row * columns + column]! * right[other * columns + column]!
          }
          expect(product[row * count + other]).toBeCloseTo(sum, 12)
        }
      }
    }),
  )
})
