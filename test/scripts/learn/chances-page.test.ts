import { expect, test } from 'vitest'
import { describeChances, describeFairness } from '../../../scripts/learn/chances-page.ts'

const change = { mean: -0.05, low: -0.09, high: -0.01 }

test('groups stand with their rates before and after, and a drop is called one', () => {
  const groups = [
    { group: 'north', queries: 120, before: 0.5, after: 0.6 },
    { group: '南方', queries: 60, before: 0.45, after: 0.51 },
  ]
  const report = {
    kind: 'group',
    groups,
    smallGroups: 2,
    before: 0.9,
    after: 0.85,
    change,
    isDrop: true,
  } as const
  expect(describeFairness([report])).toBe(
    [
      'by the column group  queries  found, base  learned',
      'north                    120       50.0 %   60.0 %',
      '南方                      60       45.0 %   51.0 %',
      'four-fifths ratio 0.900 → 0.850, −0.050 [−0.090, −0.010]: a drop; 2 groups of fewer than 30 queries left out',
    ].join('\n'),
  )
  expect(describeFairness([])).toBe('')
})

test('chances say from how many queries they are, and by how much they are off', () => {
  const curve = { midpoint: 0.2, slope: 10 }
  const learned = {
    calibration: { ...curve, pairs: { 'en-en': curve }, titles: { all: 310, 'en-en': 300, 'en-zh': 10 } },
    first: curve,
    method: 'Platt',
    errors: { base: 0.18, learned: 0.016 },
    firstErrors: { learned: 0.03 },
    notes: [],
  } as const
  expect(describeChances(learned)).toBe(
    [
      'Chances by Platt from 310 queries (en-en 300; en-zh 10, by the curve of all)',
      '  are off by 1.6 % on average, 18.0 % by the curve of the base; of "the best answer is right" 3.0 %.',
    ].join('\n'),
  )
  const { first: _, firstErrors: __, ...rest } = learned
  expect(
    describeChances({ ...rest, first: undefined, firstErrors: undefined, errors: { learned: 0.016 } }),
  ).toContain('are off by 1.6 % on average.')
})
