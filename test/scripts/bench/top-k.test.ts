import fc from 'fast-check'
import { expect, test } from 'vitest'
import { topK } from '../../../scripts/bench/top-k.ts'

test('gives the highest scores, best first, equal ones as given', () => {
  expect(topK([1, 5, 5, Number.NaN, 7], 3)).toEqual([
    { index: 4, score: 7 },
    { index: 1, score: 5 },
    { index: 2, score: 5 },
  ])
})

test('finds what sorting everything finds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), fc.nat({ max: 12 }), (scores, count) => {
      const sorted = scores
        .map((score, index) => ({ index, score }))
        .sort((a, b) => b.score - a.score || a.index - b.index)
      expect(topK(scores, count)).toEqual(sorted.slice(0, count))
    }),
  )
})
