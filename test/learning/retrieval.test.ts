import { expect, test } from 'vitest'
import {
  averagePrecision,
  normalizedGainAt,
  pairwiseAccuracy,
  precisionAt,
  recallAt,
  reciprocalRank,
  relevantPlaces,
  trecOrder,
} from '../../src/learning/retrieval.ts'

test('places of relevant items, equal scores as given', () => {
  expect(relevantPlaces([0.1, 0.9, 0.9, 0.5], [2, 0, 1])).toEqual([1, 2, 4])
})

test.each([
  [[1, 3], 1, (1 + 2 / 3) / 2, 0.5],
  [[4], 1 / 4, 1 / 4, 0],
  [[], 0, 0, 0],
])('measures a ranking with relevant items at places %j', (places, reciprocal, precision, recall) => {
  expect(reciprocalRank(places)).toBe(reciprocal)
  expect(averagePrecision(places)).toBeCloseTo(precision, 12)
  expect(recallAt(places, 2)).toBe(recall)
})

test('precision counts places that nothing fills', () => {
  expect(precisionAt([1, 3], 2)).toBe(0.5)
  expect(precisionAt([1, 3], 10)).toBe(0.2)
  expect(precisionAt([], 5)).toBe(0)
})

test('orders as trec_eval does: in single precision, and equal scores by the greatest id', () => {
  expect(trecOrder([0.1, 0.9, 0.5, 0.5], ['a', 'b', 'c', 'd'])).toEqual([1, 3, 2, 0])
  expect(trecOrder([0.5, 0.5 + 1e-12], ['z', 'a'])).toEqual([0, 1])
})

const TEXTBOOK = 3 + 2 / Math.log2(3) + 3 / 2 + 1 / Math.log2(6) + 2 / Math.log2(7)
const TEXTBOOK_IDEAL = 3 + 3 / Math.log2(3) + 2 / 2 + 2 / Math.log2(5) + 1 / Math.log2(6)

test.each([
  ['a textbook ranking', [3, 2, 3, 0, 1, 2], 6, TEXTBOOK / TEXTBOOK_IDEAL],
  ['its first two places', [3, 2, 3, 0, 1, 2], 2, (3 + 2 / Math.log2(3)) / (3 + 3 / Math.log2(3))],
  ['a perfect ranking', [2, 1, 0], 10, 1],
  ['the one relevant item third', [0, 0, 1, 0], 10, 0.5],
  ['the relevant item beyond the cut', [0, 0, 1], 2, 0],
  ['nothing relevant', [0, 0], 10, 0],
])('gain of %s', (_, grades, count, expected) => {
  expect(normalizedGainAt(grades, count)).toBeCloseTo(expected, 12)
})

test.each([
  ['all right', [0.9, 0.1], [1, 0], 1],
  ['all wrong', [0.1, 0.9], [1, 0], 0],
  ['a tie, which counts half', [0.5, 0.5], [1, 0], 0.5],
  ['three of four', [0.9, 0.4, 0.5, 0.1], [1, 1, 0, 0], 0.75],
  ['grades: 2 before 1 before 0, one pair of three wrong', [0.5, 0.7, 0.1], [2, 1, 0], 2 / 3],
  ['nothing to compare', [0.5, 0.7], [1, 1], undefined],
])('pairwise accuracy: %s', (_, scores, grades, expected) => {
  const found = pairwiseAccuracy(scores, grades)
  if (expected === undefined) expect(found).toBeUndefined()
  else expect(found).toBeCloseTo(expected, 12)
})
