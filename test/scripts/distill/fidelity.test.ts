import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProbe, firstColumns } from '../../../scripts/distill/fidelity.ts'
import { openProducts, type Products } from '../../../src/learning/products.ts'
import { createRandom } from '../../../src/learning/random.ts'
import { createMatrix, type Matrix } from '../../../src/vector/matrix.ts'
import { normalizeRows } from '../../../src/vector/normalize.ts'

let products: Products
beforeAll(async () => {
  products = await openProducts()
})
afterAll(() => products.close())

function randomUnits(rows: number, seed: number): Matrix {
  const random = createRandom(seed)
  const units = createMatrix(rows, 12)
  for (let at = 0; at < units.data.length; at++) units.data[at] = random.normal()
  normalizeRows(units)
  return units
}

test('a teacher is wholly near to itself, whatever the sign and order of its columns', async () => {
  const teacher = randomUnits(300, 1)
  const turned = { ...teacher, data: teacher.data.slice() }
  for (let row = 0; row < 300; row++) {
    const at = row * 12
    turned.data.subarray(at, at + 12).reverse()
    turned.data[at]! *= -1
  }
  const probe = await createProbe(teacher, products)
  expect([probe.texts, probe.pairs]).toEqual([300, 15_000])
  const { similarities, neighbours } = await probe.measure(turned)
  expect(similarities).toBeCloseTo(1, 6)
  expect(neighbours).toBe(1)
})

test('vectors of chance share neighbours by chance alone', async () => {
  const probe = await createProbe(randomUnits(300, 1), products)
  const { similarities, neighbours } = await probe.measure(randomUnits(300, 2))
  expect(Math.abs(similarities)).toBeLessThan(0.05)
  expect(neighbours).toBeLessThan(0.08)
})

test('fewer texts than ten neighbours are compared all the same', async () => {
  const teacher = randomUnits(4, 1)
  expect((await (await createProbe(teacher, products)).measure(teacher)).neighbours).toBe(1)
})

test('the first columns are cut from every row', () => {
  const matrix = { data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 2, columns: 3 }
  expect(firstColumns(matrix, 2)).toEqual({ data: Float32Array.of(1, 2, 4, 5), rows: 2, columns: 2 })
})
