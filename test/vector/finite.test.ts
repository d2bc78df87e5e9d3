import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allFinite, brokenRows } from '../../src/vector/finite.ts'

const value = fc.oneof(
  { weight: 30, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
)

describe('allFinite', () => {
  it('says what looking at each value says, whatever the length', () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 40 }), fc.array(value, { maxLength: 9 }), (some, others) => {
        const values = Float32Array.from([...some, ...others])
        expect(allFinite(values)).toBe(values.every(Number.isFinite))
      }),
    )
  })

  it('takes the largest and smallest numbers for what they are', () => {
    expect(allFinite(Float32Array.of(3.4e38, 3.4e38, 1e-45, -0, -3.4e38))).toBe(true)
  })
})

describe('brokenRows', () => {
  it('names each row with a value that is no finite number, and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(value, { maxLength: 60 }), (columns, values) => {
        const rows = Math.floor(values.length / columns)
        const data = Float32Array.from(values.slice(0, rows * columns))
        const expected = Array.from({ length: rows }, (_, row) => row).filter(
          (row) => !data.subarray(row * columns, (row + 1) * columns).every(Number.isFinite),
        )
        expect(brokenRows({ data, rows, columns })).toEqual(expected)
      }),
    )
  })
})
