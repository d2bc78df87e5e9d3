import { expect, test } from 'vitest'
import { averageRanks, spearman } from '../../src/learning/spearman.ts'

test('equal values share the mean of their ranks', () => {
  expect([...averageRanks([10, 30, 20, 30])]).toEqual([1, 3.5, 2, 3.5])
})

test.each([
  [[1, 2, 3], [10, 100, 1000], 1],
  [[1, 2, 3], [3, 2, 1], -1],
  // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).statistic
  [[1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233],
])('correlates %j and %j', (left, right, expected) => {
  expect(spearman(left, right)).toBeCloseTo(expected, 12)
})

test('a constant list correlates with nothing', () => {
  expect(spearman([1, 1], [1, 2])).toBeNaN()
})

test('refuses lists of two lengths', () => {
  expect(() => spearman([1], [1, 2])).toThrow(/expected 1 values on both sides, got 2/)
})
