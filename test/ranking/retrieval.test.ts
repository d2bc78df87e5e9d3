import { expect, test } from 'vitest'
import { averagePrecision, recallAt, reciprocalRank, relevantPlaces } from '../../src/ranking/retrieval.ts'

test('places of relevant items, equal scores as given', () => {
  expect(relevantPlaces([0.1, 0.9, 0.9, 0.5], [2, 0, 1])).toEqual([1, 2, 4])
})

test.each([
  [[1, 3], 1, (1 + 2 / 3) / 2, 0.5],
  [[4], 1 / 4, 1 / 4, 0],
  [[], 0, 0, 0],
])('places %j', (places, reciprocal, precision, recall) => {
  expect(reciprocalRank(places)).toBe(reciprocal)
  expect(averagePrecision(places)).toBeCloseTo(precision, 12)
  expect(recallAt(places, 2)).toBe(recall)
})
