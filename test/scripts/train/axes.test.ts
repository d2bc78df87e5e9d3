import { expect, test } from 'vitest'
import { centred, eigenvectors, meanRow, principalAxes } from '../../../scripts/train/axes.ts'
import { ridge, solve } from '../../../scripts/train/ridge.ts'
import { openProducts } from '../../../src/learning/products.ts'
import { createRandom } from '../../../src/learning/random.ts'
import { createMatrix, type Matrix, rowOf } from '../../../src/vector/matrix.ts'
import { dot } from '../../../src/vector/similarity.ts'

/** Rows that lie along four directions, each half as wide as the one before. */
function lengthy(rows: number, columns: number): Matrix {
  const random = createRandom(5)
  const matrix = createMatrix(rows, columns)
  for (let at = 0; at < matrix.data.length; at++) matrix.data[at] = random.normal() / 2 ** (at % columns)
  return matrix
}

test('eigenvectors of a symmetric matrix are at right angles, the largest value first', () => {
  const vectors = eigenvectors({ data: Float32Array.of(2, 1, 0, 1, 2, 0, 0, 0, 9), rows: 3, columns: 3 })
  expect(Math.abs(rowOf(vectors, 0)[2]!)).toBeCloseTo(1, 6)
  expect(rowOf(vectors, 1)[0]).toBeCloseTo(rowOf(vectors, 1)[1]!, 6)
  expect(dot(rowOf(vectors, 1), rowOf(vectors, 2))).toBeCloseTo(0, 6)
})

test('axes are ordered by how wide rows lie along them, and all of them keep every cosine', async () => {
  const products = await openProducts()
  const rows = lengthy(200, 6)
  const axes = await principalAxes(rows, 6, products)
  const turned = await products.timesTransposed(rows, axes)
  const widths = Array.from({ length: 6 }, (_, column) =>
    Array.from({ length: 200 }, (_, row) => rowOf(turned, row)[column]! ** 2).reduce((a, b) => a + b),
  )
  expect(widths).toEqual([...widths].sort((one, other) => other - one))
  for (const [one, other] of [
    [0, 1],
    [17, 133],
  ] as const) {
    expect(dot(rowOf(turned, one), rowOf(turned, other))).toBeCloseTo(
      dot(rowOf(rows, one), rowOf(rows, other)),
      4,
    )
  }
  const few = await principalAxes(rows, 2, products)
  expect(Math.abs(dot(rowOf(few, 0), rowOf(axes, 0)))).toBeCloseTo(1, 4)
  await products.close()
})

test('a centred matrix has a mean of zero', () => {
  const rows = { data: Float32Array.of(1, 2, 3, 6), rows: 2, columns: 2 }
  expect([...meanRow(rows)]).toEqual([2, 4])
  expect([...centred(rows, meanRow(rows)).data]).toEqual([-1, -2, 1, 2])
})

test('ridge finds the map that made one matrix out of another', async () => {
  const products = await openProducts()
  const [from, map] = [lengthy(100, 4), lengthy(4, 3)]
  const to = await products.times(from, map)
  const found = await ridge(from, to, 1e-6, products)
  found.data.forEach((value, at) => {
    expect(value).toBeCloseTo(map.data[at]!, 3)
  })
  const solved = solve(
    { data: Float32Array.of(4, 2, 2, 3), rows: 2, columns: 2 },
    { data: Float32Array.of(8, 7), rows: 2, columns: 1 },
  )
  expect([...solved.data]).toEqual([expect.closeTo(1.25, 6), expect.closeTo(1.5, 6)])
  await products.close()
})
