import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuseReciprocalRanks, fuseWeighted, orderOf } from '../../src/ranking/fusion.ts'

const lists = fc.integer({ min: 1, max: 20 }).chain((items) =>
  fc.array(
    fc
      .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: items, maxLength: items })
      .map((list) => Float64Array.from(list)),
    { minLength: 1, maxLength: 4 },
  ),
)

test('weights are shares, whatever they sum to', () => {
  const scores = [Float64Array.of(1, 0), Float64Array.of(0, 1)]
  expect(fuseWeighted(scores, [3, 1])).toEqual(Float64Array.of(0.75, 0.25))
})

test('orders from the highest score, equal ones as given', () => {
  expect(orderOf([1, 3, 3, 2])).toEqual([1, 2, 3, 0])
})

test('an item that is first everywhere has a reciprocal rank of 1', () => {
  const fused = fuseReciprocalRanks([Float64Array.of(5, 1), Float64Array.of(0.2, 0.1)], [1, 2])
  expect(fused[0]).toBe(1)
  expect(fused[1]).toBeCloseTo(61 / 62, 12)
})

test('removing an item never reorders the rest of a weighted fusion', () => {
  fc.assert(
    fc.property(lists, fc.nat(), (scores, seed) => {
      const removed = seed % scores[0]!.length
      const weights = scores.map((_, model) => model + 1)
      const before = orderOf(fuseWeighted(scores, weights)).filter((item) => item !== removed)
      const rest = scores.map((list) => list.filter((_, item) => item !== removed))
      const after = orderOf(fuseWeighted(rest, weights)).map((item) => (item < removed ? item : item + 1))
      expect(after).toEqual(before)
    }),
  )
})

test('reciprocal rank fusion sees places only', () => {
  fc.assert(
    fc.property(lists, (scores) => {
      const weights = scores.map(() => 1)
      const stretched = scores.map((list) => list.map((score) => 8 * score))
      expect(fuseReciprocalRanks(stretched, weights)).toEqual(fuseReciprocalRanks(scores, weights))
    }),
  )
})
