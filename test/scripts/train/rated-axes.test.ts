import { expect, test } from 'vitest'
import { rateAxes } from '../../../scripts/train/rated-axes.ts'
import { openProducts } from '../../../src/learning/products.ts'
import { createRandom } from '../../../src/learning/random.ts'
import { createMatrix, type Matrix, rowOf } from '../../../src/vector/matrix.ts'
import { dot } from '../../../src/vector/similarity.ts'

const COLUMNS = 6

/** Six axes, each along one column. */
function plainAxes(): Matrix {
  const axes = createMatrix(COLUMNS, COLUMNS)
  for (let row = 0; row < COLUMNS; row++) rowOf(axes, row)[row] = 1
  return axes
}

/** Random pairs that are to be as near as their columns 3 and 4 are, whatever the others say. */
function pairs(count: number) {
  const random = createRandom(3)
  const draw = () => Float32Array.from({ length: count * COLUMNS }, () => random.normal())
  const [left, right] = [draw(), draw()].map((data) => ({ data, rows: count, columns: COLUMNS }))
  return { left: left!, right: right!, wanted: cosines(left!, right!, 3, 5) }
}

function cosines(left: Matrix, right: Matrix, from: number, to: number): Float64Array {
  return Float64Array.from({ length: left.rows }, (_, row) => {
    const [one, other] = [rowOf(left, row).subarray(from, to), rowOf(right, row).subarray(from, to)]
    return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other))
  })
}

/** Mean squared error of the cosines of the first two columns. */
async function errorOf(axes: Matrix, { left, right, wanted }: ReturnType<typeof pairs>): Promise<number> {
  const products = await openProducts()
  const [ones, others] = [
    await products.timesTransposed(left, axes),
    await products.timesTransposed(right, axes),
  ]
  await products.close()
  const found = cosines(ones, others, 0, 2)
  return found.reduce((sum, cosine, row) => sum + (cosine - wanted[row]!) ** 2, 0) / found.length
}

test('the first axes turn to where cosines come nearest to the ratings, and all stay at right angles', async () => {
  const products = await openProducts()
  // Turned a little towards the columns that count, for from quite another plane there is no way down.
  const axes = plainAxes()
  const [cosine, sine] = [Math.cos(1), Math.sin(1)]
  for (const [one, other] of [
    [0, 3],
    [1, 4],
  ] as const) {
    rowOf(axes, one).set([cosine], one)
    rowOf(axes, one).set([sine], other)
    rowOf(axes, other).set([-sine], one)
    rowOf(axes, other).set([cosine], other)
  }
  const rated = pairs(400)
  const turned = await rateAxes(axes, { from: COLUMNS, count: 2 }, rated, products)
  await products.close()
  expect(await errorOf(turned, rated)).toBeLessThan(0.1 * (await errorOf(axes, rated)))
  for (let one = 0; one < COLUMNS; one++) {
    for (let other = 0; other <= one; other++) {
      expect(dot(rowOf(turned, one), rowOf(turned, other))).toBeCloseTo(one === other ? 1 : 0, 5)
    }
  }
})

test('axes beyond those that may be turned stay as they are', async () => {
  const products = await openProducts()
  const turned = await rateAxes(plainAxes(), { from: 4, count: 2 }, pairs(50), products)
  await products.close()
  expect([...turned.data.slice(4 * COLUMNS)]).toEqual([...plainAxes().data.slice(4 * COLUMNS)])
  for (let row = 0; row < 4; row++)
    expect(dot(rowOf(turned, row).slice(4), rowOf(turned, row).slice(4))).toBe(0)
})

test('a text without a known piece has no cosine and moves no axis', async () => {
  const products = await openProducts()
  const nothing = createMatrix(1, COLUMNS)
  const none = { left: nothing, right: pairs(1).right, wanted: Float64Array.of(1) }
  const turned = await rateAxes(plainAxes(), { from: COLUMNS, count: 3 }, none, products)
  await products.close()
  expect([...turned.data]).toEqual([...plainAxes().data])
})
