import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMatrix, rowOf } from '../../src/vector/matrix.ts'
import { normalizeRows, normalizeVector } from '../../src/vector/normalize.ts'
import { clampCosine, cosine, dot, dotRows } from '../../src/vector/similarity.ts'

describe('normalizeRows', () => {
  it('scales every row to length 1 and leaves a row of zeros alone', () => {
    const matrix = createMatrix(2, 2)
    matrix.data.set([3, 4, 0, 0])
    normalizeRows(matrix)
    expect(rowOf(matrix, 0)[0]).toBeCloseTo(0.6, 6)
    expect(rowOf(matrix, 0)[1]).toBeCloseTo(0.8, 6)
    expect([...rowOf(matrix, 1)]).toEqual([0, 0])
  })

  it('names the rows with a value that is no finite number, whatever else they hold', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, 1e-45, 0, 1]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...values), { minLength: 9, maxLength: 9 }), (numbers) => {
        const matrix = { data: Float32Array.from(numbers), rows: 3, columns: 3 }
        const broken = [0, 1, 2].filter((row) => !rowOf(matrix, row).every(Number.isFinite))
        expect(normalizeRows(matrix)).toEqual(broken)
      }),
    )
  })

  it('gives length 1 for any vector that is not zeros', () => {
    const vectors = fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), {
      minLength: 1,
      maxLength: 40,
    })
    fc.assert(
      fc.property(vectors, (values) => {
        fc.pre(values.some((value) => Math.abs(value) > 1e-3))
        const vector = Float32Array.from(values)
        normalizeVector(vector)
        expect(dot(vector, vector)).toBeCloseTo(1, 5)
      }),
    )
  })
})

describe('dotRows', () => {
  it('is the dot product with each row, of any width, and NaN for no row', () => {
    const values = fc.array(fc.float({ noNaN: true, min: -10, max: 10 }), { minLength: 24, maxLength: 60 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 12 }), (numbers, width) => {
        const data = Float32Array.from(numbers)
        const vector = data.slice(0, width)
        const [first, none, last, , again] = dotRows(vector, data, Int32Array.of(0, -1, 1, -1, 0))
        expect(again).toBe(first)
        expect([...dotRows(vector, new Float32Array(), Int32Array.of(-1))]).toEqual([Number.NaN])
        expect(first).toBeCloseTo(dot(vector, vector), 9)
        expect(none).toBeNaN()
        expect(last).toBeCloseTo(dot(vector, data.subarray(width, 2 * width)), 9)
      }),
    )
  })
})

it.each([
  [1.0000001, 1],
  [-1.0000001, -1],
  [0.3, 0.3],
])('a product of unit vectors of %d is a cosine of %d', (product, cosine) => {
  expect(clampCosine(product)).toBe(cosine)
})

describe('cosine', () => {
  it('is 1 for the same direction, 0 for a right angle and -1 for the opposite', () => {
    expect(cosine([1, 2], [2, 4])).toBeCloseTo(1, 12)
    expect(cosine([1, 0], [0, 1])).toBe(0)
    expect(cosine([1, 2], [-1, -2])).toBeCloseTo(-1, 12)
  })

  it('is 0, not NaN, when a vector is all zeros', () => {
    expect(cosine([0, 0], [1, 1])).toBe(0)
  })
})
