import { expect, test } from 'vitest'
import { createSparseAdam } from '../../src/learning/adam.ts'
import { backpropagate, embedBags } from '../../src/learning/bags.ts'
import { createMatrix } from '../../src/vector/matrix.ts'

function tableOf(...rows: number[][]) {
  const table = createMatrix(rows.length, rows[0]!.length)
  table.data.set(rows.flat())
  return table
}

const table = tableOf([3, 0], [0, 4], [0, 0])

test('a text is the unit vector of its rows, zeros when it has none or they cancel', () => {
  const { units, lengths } = embedBags(table, [[0, 1], [], [2]])
  expect([...units.data]).toEqual([expect.closeTo(0.6, 6), expect.closeTo(0.8, 6), 0, 0, 0, 0])
  expect([...lengths]).toEqual([5, 0, 0])
})

test('gradients along a vector vanish, those across it reach every row of the text', () => {
  const bags = embedBags(table, [[0, 1], [2]])
  const along = backpropagate(bags, tableOf([0.6, 0.8], [1, 1]))
  expect([...along.rows]).toEqual([0, 1, 2])
  for (const value of along.gradients) expect(value).toBeCloseTo(0, 6)
  const across = backpropagate(bags, tableOf([-0.8, 0.6], [0, 0]))
  const [x, y] = [-0.8 / 5, 0.6 / 5]
  for (const [index, value] of [x, y, x, y, 0, 0].entries())
    expect(across.gradients[index]).toBeCloseTo(value, 6)
})

test('the first step of Adam is the learning rate, against the gradient', () => {
  const moved = tableOf([1, 1], [1, 1])
  createSparseAdam(moved).step(Int32Array.of(1), Float32Array.of(0.3, -7), 1, 0.01)
  expect([...moved.data].map((value) => Math.round(value * 1000) / 1000)).toEqual([1, 1, 0.99, 1.01])
})
