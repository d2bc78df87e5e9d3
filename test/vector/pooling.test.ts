import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMatrix, rowOf } from '../../src/vector/matrix.ts'
import { type Pooling, poolRows, type TokenVectors } from '../../src/vector/pooling.ts'

/** Two texts of 2 and 0 tokens, padded to 3, three columns; padding holds values that must never show. */
const batch: TokenVectors = {
  data: Float32Array.of(1, 2, 3, 5, 6, 7, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99),
  sequence: 3,
  columns: 3,
  lengths: Int32Array.of(2, 0),
}

describe('poolRows', () => {
  it.each<[Pooling, number[]]>([
    ['mean', [3, 4, 5]],
    ['cls', [1, 2, 3]],
    ['last-token', [5, 6, 7]],
  ])('pools by %s without looking at padding', (pooling, expected) => {
    const target = createMatrix(2, 3)
    poolRows(batch, pooling, target, [0, 1])
    expect([...rowOf(target, 0)]).toEqual(expected)
  })

  it.each<Pooling>(['mean', 'cls', 'last-token'])('makes a fully masked row zeros by %s', (pooling) => {
    const target = createMatrix(2, 3)
    target.data.fill(7)
    poolRows(batch, pooling, target, [0, 1])
    expect([...rowOf(target, 1)]).toEqual([0, 0, 0])
  })

  it('writes each row where the plan says and keeps the first columns only', () => {
    const target = createMatrix(2, 2)
    poolRows(batch, 'mean', target, [1, 0])
    expect([...target.data]).toEqual([0, 0, 3, 4])
  })

  it('does not depend on how far a batch is padded', () => {
    const value = fc.float({ noNaN: true, min: -100, max: 100 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 9 }),
        fc.nat(5),
        (tokens, padding) => {
          const pooled = [0, padding].map((extra) => {
            const data = new Float32Array((tokens.length + extra) * 2).fill(1e9)
            data.set(tokens.flat())
            const target = createMatrix(1, 2)
            const lengths = Int32Array.of(tokens.length)
            poolRows({ data, sequence: tokens.length + extra, columns: 2, lengths }, 'mean', target, [0])
            return [...target.data]
          })
          expect(pooled[1]).toEqual(pooled[0])
        },
      ),
    )
  })
})
