import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reliabilityOf } from '../../src/learning/reliability.ts'

test('compares chances with what came true, bin by bin', () => {
  // By hand: [0.1, 0.3 | 0.9, 1.0] against [0, 1 | 1, 1] in two bins.
  const { bins, expectedError, brier } = reliabilityOf([0.1, 0.3, 0.9, 1], [0, 1, 1, 1], 2)
  expect(bins).toEqual([
    { from: 0, count: 2, chance: expect.closeTo(0.2, 12), share: 0.5 },
    { from: 0.5, count: 2, chance: expect.closeTo(0.95, 12), share: 1 },
  ])
  expect(expectedError).toBeCloseTo(0.5 * 0.3 + 0.5 * 0.05, 12)
  expect(brier).toBeCloseTo((0.01 + 0.49 + 0.01 + 0) / 4, 12)
})

test('leaves out bins without pairs', () => {
  expect(reliabilityOf([0.05, 0.55], [0, 1]).bins.map(({ from }) => from)).toEqual([0, 0.5])
})

test('is perfect for chances that are the truth, and never beyond 1', () => {
  const pairs = fc.array(
    fc.record({ chance: fc.double({ min: 0, max: 1, noNaN: true }), label: fc.constantFrom(0, 1) }),
    {
      minLength: 1,
    },
  )
  fc.assert(
    fc.property(pairs, (list) => {
      const labels = list.map(({ label }) => label)
      expect(reliabilityOf(labels, labels)).toMatchObject({ expectedError: 0, brier: 0 })
      const { bins, expectedError, brier } = reliabilityOf(
        list.map(({ chance }) => chance),
        labels,
      )
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(list.length)
      expect(expectedError >= 0 && expectedError <= 1 && brier >= 0 && brier <= 1).toBe(true)
    }),
  )
})
