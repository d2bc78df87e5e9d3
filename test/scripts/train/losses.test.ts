import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  amongLabels,
  cosineRegression,
  inBatchNegatives,
  type Loss,
  likeTargets,
  towards,
} from '../../../scripts/train/losses.ts'
import { openProducts, type Products } from '../../../src/learning/products.ts'
import { createRandom } from '../../../src/learning/random.ts'
import { type Matrix, rowOf } from '../../../src/vector/matrix.ts'
import { normalizeRows } from '../../../src/vector/normalize.ts'

let products: Products
beforeAll(async () => {
  products = await openProducts()
})
afterAll(() => products.close())

function randomUnits(rows: number, columns: number, seed: number): Matrix {
  const random = createRandom(seed)
  const data = Float32Array.from({ length: rows * columns }, () => random.normal())
  const units = { data, rows, columns }
  normalizeRows(units)
  return units
}

/** The slope of the loss by each value, measured by moving it a little. */
async function measuredGradients(loss: Loss, units: Matrix): Promise<number[]> {
  const step = 1e-2
  const slopes: number[] = []
  for (let index = 0; index < units.data.length; index++) {
    const moved = async (by: number) => {
      const data = Float32Array.from(units.data)
      data[index]! += by
      return (await loss({ ...units, data }, products)).loss
    }
    slopes.push(((await moved(step)) - (await moved(-step))) / (2 * step))
  }
  return slopes
}

function* rowsOf(units: Matrix): Generator<Float32Array> {
  for (let row = 0; row < units.rows; row++) yield rowOf(units, row)
}

const target = (...values: number[]) => Float32Array.from(values)

test.each<[string, Loss]>([
  ['in-batch negatives', inBatchNegatives(Int32Array.of(-1, -1, -1, -1, -1), 4)],
  ['in-batch negatives with a masked group', inBatchNegatives(Int32Array.of(0, 1, 0, -1, 2), 4)],
  ['a label among all', amongLabels(Int32Array.of(0, 3, 3, 1), 4)],
  ['cosine regression', cosineRegression(Float64Array.of(0, 1, -0.5, 0.3, 0.9), 5)],
  ['the cosines of a teacher', likeTargets([...rowsOf(randomUnits(10, 6, 12))], 3)],
  ['following a teacher', towards(Array(10).fill(target(1, 0, 0, 0, 0, 0)), 2)],
])('the gradients of %s are its measured slopes', async (_, loss) => {
  const units = randomUnits(10, 6, 11)
  const { gradients } = await loss(units, products)
  const measured = await measuredGradients(loss, units)
  measured.forEach((slope, index) => {
    expect(gradients.data[index]).toBeCloseTo(slope, 2)
  })
})

test('a batch of one pair has nothing to tell apart', async () => {
  const { loss } = await inBatchNegatives(Int32Array.of(-1), 20)(randomUnits(2, 4, 1), products)
  expect(loss).toBeCloseTo(0, 6)
})

test('texts of their own side are negatives, too, unless they are of one group', async () => {
  // Both pairs agree perfectly, and the left texts are the same: only their own side can tell.
  const units = { data: Float32Array.of(1, 0, 1, 0, 1, 0, 1, 0), rows: 4, columns: 2 }
  const apart = await inBatchNegatives(Int32Array.of(0, 1), 20)(units, products)
  const together = await inBatchNegatives(Int32Array.of(0, 0), 20)(units, products)
  expect(apart.loss).toBeCloseTo(Math.log(3), 5)
  expect(together.loss).toBeCloseTo(0, 5)
})

test('products equal the plain loop at every size', async () => {
  const size = fc.integer({ min: 1, max: 9 })
  await fc.assert(
    fc.asyncProperty(size, size, size, async (rows, inner, columns) => {
      const [left, right] = [randomUnits(rows, inner, 1), randomUnits(columns, inner, 2)]
      const entry = (row: number, column: number) => {
        let sum = 0
        for (let at = 0; at < inner; at++)
          sum += left.data[row * inner + at]! * right.data[column * inner + at]!
        return sum
      }
      const expected = Array.from({ length: rows * columns }, (_, at) =>
        entry(Math.floor(at / columns), at % columns),
      )
      const transposed = (matrix: Matrix): Matrix => {
        const data = new Float32Array(matrix.data.length)
        matrix.data.forEach((value, at) => {
          data[(at % matrix.columns) * matrix.rows + Math.floor(at / matrix.columns)] = value
        })
        return { data, rows: matrix.columns, columns: matrix.rows }
      }
      const found = [
        await products.timesTransposed(left, right),
        await products.times(left, transposed(right)),
        await products.transposedTimes(transposed(left), transposed(right)),
      ]
      for (const product of found) {
        expect([product.rows, product.columns]).toEqual([rows, columns])
        product.data.forEach((value, at) => {
          expect(value).toBeCloseTo(expected[at]!, 5)
        })
      }
    }),
    { numRuns: 30 },
  )
})

test('texts with the cosines of their targets cost nothing, whatever their directions', async () => {
  const targets = randomUnits(8, 6, 4)
  const turned = { ...targets, data: targets.data.map((value) => -value) }
  const { loss, gradients } = await likeTargets([...rowsOf(targets)], 5)(turned, products)
  expect(loss).toBeCloseTo(0, 9)
  for (const slope of gradients.data) expect(slope).toBeCloseTo(0, 5)
})
