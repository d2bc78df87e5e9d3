import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planBatches } from '../../../src/models/encode/batching.ts'

const plain = (batches: Int32Array[]) => batches.map((batch) => [...batch])

describe('planBatches', () => {
  it.each([
    { name: 'nothing', lengths: [], budget: 8, batches: [] },
    { name: 'one input', lengths: [3], budget: 8, batches: [[0]] },
    { name: 'inputs of one length in input order', lengths: [4, 4, 4], budget: 8, batches: [[0, 1], [2]] },
    { name: 'the longest first', lengths: [1, 3, 2], budget: 6, batches: [[1, 2], [0]] },
    { name: 'an input beyond the budget alone', lengths: [2, 20, 2], budget: 8, batches: [[1], [0, 2]] },
    { name: 'no batch for inputs without tokens', lengths: [0, 2, 0], budget: 8, batches: [[1]] },
  ])('plans batches of $name', ({ lengths, budget, batches }) => {
    expect(plain(planBatches(lengths, budget))).toEqual(batches)
  })

  it('puts every input with tokens in exactly one batch, within the budget where one input fits', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300)), fc.integer({ min: 1, max: 1024 }), (lengths, budget) => {
        const batches = planBatches(lengths, budget)
        const planned = batches.flatMap((batch) => [...batch]).sort((first, second) => first - second)
        expect(planned).toEqual([...lengths.keys()].filter((index) => lengths[index]! > 0))
        for (const batch of batches) {
          const padded = batch.length * lengths[batch[0]!]!
          expect(batch.length === 1 || padded <= budget).toBe(true)
          expect(Math.max(...[...batch].map((index) => lengths[index]!))).toBe(lengths[batch[0]!])
        }
      }),
    )
  })
})
