import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWideMap } from '../../src/vector/wide-map.ts'

const small = fc.float({ min: -1, max: 1, noNaN: true })

/** A matrix of any size, a vector for it, and how many outputs are wanted. */
const cases = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    weight: fc.float32Array({ minLength: size * size, maxLength: size * size, min: -1, max: 1, noNaN: true }),
    vectors: fc.array(fc.array(small, { minLength: size, maxLength: size }), { minLength: 1, maxLength: 3 }),
    outputs: fc.integer({ min: 1, max: size }),
  }),
)

test('multiplies as a plain loop does, of any size, one vector after the other', () => {
  fc.assert(
    fc.property(cases, ({ size, weight, vectors, outputs }) => {
      const { apply } = createWideMap(weight, size)
      for (const vector of vectors) {
        const to = new Float32Array(outputs)
        apply(Float32Array.from(vector), to)
        for (let row = 0; row < outputs; row++) {
          let sum = 0
          for (let column = 0; column < size; column++) sum += weight[row * size + column]! * vector[column]!
          expect(Math.abs(to[row]! - sum)).toBeLessThan(1e-5)
        }
      }
    }),
  )
})

test('hands infinities and NaN on, so that they are noticed', () => {
  const { apply } = createWideMap(Float32Array.of(1, 0, 0, 1), 2)
  const to = new Float32Array(2)
  apply(Float32Array.of(Number.NaN, 1), to)
  expect(to[0]).toBeNaN()
  apply(Float32Array.of(Number.POSITIVE_INFINITY, 1), to)
  expect(to[0]).toBe(Number.POSITIVE_INFINITY)
})

test('maps a model with more columns than a page of memory has numbers', () => {
  const size = 300
  const weight = Float32Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 2 : 0))
  const to = new Float32Array(size)
  createWideMap(weight, size).apply(
    Float32Array.from({ length: size }, (_, at) => at),
    to,
  )
  expect([...to]).toEqual(Array.from({ length: size }, (_, at) => 2 * at))
})
