import { expect, test } from 'vitest'
import { alignRows } from '../../src/ranking/evidence.ts'

function matrixOf(...rows: number[][]) {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, columns: rows[0]!.length }
}

const left = matrixOf([1, 0], [0, 1], [0.6, 0.8])
const right = matrixOf([0, 1], [1, 0])

test('pairs each row once, best first', () => {
  expect(alignRows(left, right, 9)).toEqual([
    { left: 0, right: 1, score: 1 },
    { left: 1, right: 0, score: 1 },
  ])
})

test('gives no more pairs than asked for, and none below the least score', () => {
  expect(alignRows(left, right, 1)).toHaveLength(1)
  expect(alignRows(matrixOf([1, 0]), matrixOf([0, 1]), 9, 0.5)).toEqual([])
})

test('pairs that are equally alike come in the order of their positions', () => {
  expect(
    alignRows(matrixOf([1, 0], [1, 0]), matrixOf([1, 0], [1, 0]), 9).map((pair) => [pair.left, pair.right]),
  ).toEqual([
    [0, 0],
    [1, 1],
  ])
})
