import { expect, test } from 'vitest'
import { decide, type LearningResult } from '../../src/learning/decision.ts'

const gain = (mean: number, half = 0.005) => ({ mean, low: mean - half, high: mean + half })
const fairness = (isDrop: boolean) => ({
  kind: 'language' as const,
  groups: [],
  smallGroups: 0,
  before: 0.9,
  after: 0.85,
  change: gain(-0.05),
  isDrop,
})
const good: LearningResult = {
  queries: 2000,
  validationQueries: 400,
  base: 0.37,
  permuted: 0.01,
  micro: gain(0.05),
  macro: gain(0.012),
  withoutPairs: gain(-0.01),
  guards: [{ name: 'STS-B', role: 'watch', change: gain(-0.002) }],
  fairness: [],
}

test('a gain that holds in every respect is shipped', () => {
  expect(decide(good)).toEqual({ ships: true, reasons: [] })
  expect(decide({ ...good, withoutPairs: undefined, fairness: [fairness(false)], guards: [] }).ships).toBe(
    true,
  )
})

test('among few labels, where chance finds much, a base need not find five times as much', () => {
  expect(decide({ ...good, base: 0.4, permuted: 0.13 }).ships).toBe(true)
  expect(decide({ ...good, base: 0.3, permuted: 0.13 }).ships).toBe(false)
})

test.each<[string, Partial<LearningResult>, string]>([
  ['few queries', { queries: 199 }, '199 distinct queries; expected at least 200'],
  ['few that validate', { validationQueries: 49 }, '49 distinct queries validate'],
  ['labels that could be anybody’s', { base: 0.04, permuted: 0.01 }, '5 times as much or a quarter'],
  ['a small gain', { micro: gain(0.009, 0.001) }, '+0.0090 [+0.0080, +0.0100]; expected at least +0.0100'],
  ['a gain that may be none', { micro: gain(0.02, 0.03) }, 'interval above 0'],
  ['a popularity contest', { macro: gain(-0.006) }, 'each label counting once the change is −0.0060'],
  ['forgotten labels', { withoutPairs: gain(-0.03) }, 'Labels without pairs change by −0.0300'],
  [
    'a guard that fell',
    { guards: [{ name: 'STS-B', role: 'watch', change: gain(-0.011) }] },
    'The guard STS-B changes by −0.0110',
  ],
  [
    'real titles that gain nothing',
    { guards: [{ name: 'real.csv', role: 'judge', change: gain(0.002) }] },
    'are the pairs like what is asked in production?',
  ],
  [
    'less fairness',
    { fairness: [fairness(true)] },
    'The four-fifths ratio of the languages drops from 0.900 to 0.850',
  ],
  ['numbers that are none', { micro: gain(Number.NaN) }, 'The gain in MRR is'],
])('%s is refused, with the reason', (_, change, reason) => {
  const { ships, reasons } = decide({ ...good, ...change })
  expect(ships).toBe(false)
  expect(reasons).toHaveLength(1)
  expect(reasons[0]).toContain(reason)
})
