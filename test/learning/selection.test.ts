import { expect, test } from 'vitest'
import { fourFifthsRatio, selectionRates, shiftOf } from '../../src/learning/selection.ts'

test('counts for each group of people how many were selected', () => {
  const rates = selectionRates(['a', 'b', 'a', 'a', 'b'], [true, true, true, false, false])
  expect(rates).toEqual([
    { group: 'a', selected: 2, total: 3, rate: 2 / 3 },
    { group: 'b', selected: 1, total: 2, rate: 0.5 },
  ])
  // 1/2 by 2/3 is 3/4: less than four fifths.
  expect(fourFifthsRatio(rates)).toBeCloseTo(0.75, 12)
})

test('is fair when nobody is selected', () => {
  expect(fourFifthsRatio(selectionRates(['a', 'b'], [false, false]))).toBe(1)
})

test.each([
  ['up to the first place', 1, 0.95, 0.45, 1],
  ['down to the last', 1, 0.1, -0.4, -1],
  ['nowhere by a little', 1, 0.6, 0.1, 0],
  ['behind an equal one that stands before it', 1, 0.9, 0.4, 0],
  ['before an equal one that stands behind it', 0, 0.5, -0.4, 0],
])('a swap moves a candidate %s', (_, candidate, swapped, scoreChange, placesWon) => {
  const shift = shiftOf([0.9, 0.5, 0.2], candidate, swapped)
  expect(shift.scoreChange).toBeCloseTo(scoreChange, 12)
  expect(shift.placesWon).toBe(placesWon)
})
