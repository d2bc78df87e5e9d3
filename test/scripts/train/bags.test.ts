import { expect, test } from 'vitest'
import { createRandom } from '../../../scripts/random.ts'
import { createSparseAdam } from '../../../scripts/train/adam.ts'
import { backpropagate, embedBags } from '../../../scripts/train/bags.ts'
import { createMatrix } from '../../../src/vector/matrix.ts'

function tableOf(...rows: number[][]) {
  const table = createMatrix(rows.length, rows[0]!.length)
  table.data.set(rows.flat())
  return table
}

const table = tableOf([3, 0], [0, 4], [0, 0])

test('a text is the unit vector of its rows, zeros when it has none or they cancel', () => {
  const { units, lengths } = embedBags(table, [[0, 1], [], [2]], 0, createRandom(1))
  expect([...units]).toEqual([expect.closeTo(0.6, 12), expect.closeTo(0.8, 12), 0, 0, 0, 0])
  expect([...lengths]).toEqual([5, 0, 0])
})

test('dropout leaves tokens out, but never all of a text', () => {
  const texts = Array.from({ length: 200 }, () => [0, 1, 0, 1])
  const { offsets } = embedBags(table, texts, 0.9, createRandom(1))
  const kept = texts.map((_, text) => offsets[text + 1]! - offsets[text]!)
  expect(Math.min(...kept)).toBe(1)
  expect(kept.reduce((sum, count) => sum + count, 0)).toBeLessThan(400)
})

test('gradients along a vector vanish, those across it reach every row of the text', () => {
  const bags = embedBags(table, [[0, 1], [2]], 0, createRandom(1))
  const along = backpropagate(bags, Float64Array.of(0.6, 0.8, 1, 1), table)
  expect([...along.rows]).toEqual([0, 1, 2])
  for (const value of along.gradients) expect(value).toBeCloseTo(0, 6)
  const across = backpropagate(bags, Float64Array.of(-0.8, 0.6, 0, 0), table)
  const [x, y] = [-0.8 / 5, 0.6 / 5]
  for (const [index, value] of [x, y, x, y, 0, 0].entries())
    expect(across.gradients[index]).toBeCloseTo(value, 6)
})

test('the first step of Adam is the learning rate, against the gradient', () => {
  const moved = tableOf([1, 1], [1, 1])
  createSparseAdam(moved).step(Int32Array.of(1), Float32Array.of(0.3, -7), 1, 0.01)
  expect([...moved.data].map((value) => Math.round(value * 1000) / 1000)).toEqual([1, 1, 0.99, 1.01])
})
