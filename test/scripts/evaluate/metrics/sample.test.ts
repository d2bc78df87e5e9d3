import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimate, meanSample, scoreOf } from '../../../../scripts/evaluate/metrics/sample.ts'

test('the score of a sample is the score of all its items, and of the drawn ones when asked', () => {
  const sample = meanSample(Float64Array.of(0.25, 0.75, 2))
  expect(scoreOf(sample)).toBe(1)
  expect(sample.score(Int32Array.of(2, 2, 1, 1))).toBe(1.375)
})

test('a share has the interval of Wilson, as published for 10 of 20 and 46 of 46', () => {
  const share = (successes: number, items: number) =>
    estimate(meanSample(Float64Array.from({ length: items }, (_, item) => (item < successes ? 1 : 0))))
  // statsmodels.stats.proportion.proportion_confint(count, nobs, method='wilson')
  expect(share(10, 20).low).toBeCloseTo(0.299298, 5)
  expect(share(10, 20).high).toBeCloseTo(0.700702, 5)
  expect(share(46, 46).low).toBeCloseTo(0.922925, 5)
  expect(share(46, 46)).toMatchObject({ value: 1, high: 1 })
  expect(share(0, 5).low).toBeCloseTo(0, 12)
})

test('a mean lies within its bootstrap interval, which lies within the values', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { minLength: 3 }), (values) => {
      const { value, low, high } = estimate(meanSample(Float64Array.from(values)))
      expect(low).toBeLessThanOrEqual(high)
      expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
      expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9)
      expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
    }),
    { numRuns: 20 },
  )
})

test('items draw their places again, the same for every run', () => {
  const drawn: number[] = []
  const sample = {
    items: 3,
    score: (places: Int32Array) => {
      drawn.push(...places)
      return places[0]!
    },
  }
  const first = estimate(sample)
  expect(drawn).toHaveLength(3 * 1001)
  expect(drawn.slice(0, 3)).toEqual([0, 1, 2])
  expect(new Set(drawn)).toEqual(new Set([0, 1, 2]))
  expect(estimate(sample)).toEqual(first)
})
