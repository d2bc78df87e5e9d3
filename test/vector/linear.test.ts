import { expect, test } from 'vitest'
import { mapRows } from '../../src/vector/linear.ts'
import { createMatrix } from '../../src/vector/matrix.ts'

const from = { data: Float32Array.of(1, 2, -1, 0.5), rows: 2, columns: 2 }
const weight = Float32Array.of(1, 1, 2, 0, 0, -1)

test('maps each row by the weights of each output, and adds the bias', () => {
  const to = createMatrix(2, 3)
  const bias = Float32Array.of(0, 10, 0)
  mapRows({ weight, bias, inputs: 2, outputs: 3, activation: 'identity' }, from, to)
  expect([...to.data]).toEqual([3, 12, -2, -0.5, 8, -0.5])
})

test('leaves out the last outputs where there is no room for them, and bends by tanh', () => {
  const to = createMatrix(2, 1)
  mapRows({ weight, inputs: 2, outputs: 3, activation: 'tanh' }, from, to)
  expect(to.data).toEqual(Float32Array.of(Math.tanh(3), Math.tanh(-0.5)))
})
