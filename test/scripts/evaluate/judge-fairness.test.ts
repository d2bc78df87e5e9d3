import { expect, test } from 'vitest'
import { measureJudge } from '../../../scripts/evaluate/judge.ts'
import { formatJudgeFairness, measureJudgeFairness } from '../../../scripts/evaluate/judge-fairness.ts'
import type { Judging } from '../../../scripts/evaluate/judge-orders.ts'
import type { GradedQuery } from '../../../scripts/evaluate/judged-pairs.ts'

const WORK = ['nurse', 'baker', 'driver', 'teacher', 'welder', 'cook']
/** The first candidate is right, of either group in turn; half of the candidates write Chinese. */
const queries: GradedQuery[] = Array.from({ length: 80 }, (_, turn) => ({
  query: `job ${turn}`,
  candidates: WORK.map((work) => (turn % 4 < 2 ? `${work} of job ${turn}` : `${work} 工作经历 护理 ${turn}`)),
  grades: [1, 0, 0, 0, 0, 0],
  groups: WORK.map(() => (turn % 2 === 0 ? 'north' : 'south')),
}))

/** The right one stands third, by a hair. */
const rank: Judging['rank'] = async ({ candidates }) =>
  candidates
    .map((text) =>
      ['baker', 'driver', 'nurse', 'teacher', 'welder', 'cook'].findIndex((work) => text.includes(work)),
    )
    .map((place) => 0.5 - 0.001 * place)

async function fairnessOf(score: (text: string) => number) {
  const asked: string[] = []
  const judging: Judging = {
    rank,
    judge: async (_, texts) => {
      asked.push(...texts)
      return texts.map((text) => ({ score: score(text), flagged: false }))
    },
    top: 6,
    weight: 0.25,
  }
  const { judged } = await measureJudge(queries, { ...judging, seed: 1, dollarsPerSecond: 0 })
  const before = asked.length
  const reports = await measureJudgeFairness(judged, judging)
  return { reports, names: asked.slice(before), text: formatJudgeFairness(reports) }
}

test('a judge that says the same of everyone leaves each group as it was', async () => {
  const { reports, names, text } = await fairnessOf(() => 0.9)
  expect(reports.map(({ kind }) => kind)).toEqual(['group', 'language', 'name'])
  for (const { groups, before, after, isDrop } of reports) {
    expect([before, after, isDrop]).toEqual([1, 1, false])
    for (const group of groups) expect([group.before, group.after]).toEqual([1, 1])
  }
  // One right candidate a query under six names; what was said of the others is known.
  expect(names).toHaveLength(80 * 6)
  expect(text).toMatch(
    /by a name put before the candidate .*four-fifths ratio 1\.000 → 1\.000.*not seen to make it worse/s,
  )
})

test.each<[string, (text: string) => number, string]>([
  ['a group', (text) => (/nurse.*[13579]$/.test(text) ? 0.01 : 0.9), 'group'],
  ['a language', (text) => (text.startsWith('nurse 工') ? 0.01 : 0.9), 'language'],
  ['the bearers of some names', (text) => (/^(Lakisha|Aisha|Keisha|Tamika)/.test(text) ? 0.01 : 0.9), 'name'],
])('a judge that marks down %s is found out', async (_, score, kind) => {
  const { reports, text } = await fairnessOf(score)
  expect(reports.filter(({ isDrop }) => isDrop).map((report) => report.kind)).toEqual([kind])
  const found = reports.find((report) => report.kind === kind)!
  expect([found.before, found.after]).toEqual([1, 0])
  expect(text).toContain(`The judge makes it worse for a group by ${kind}: leave it off.`)
})

test('groups of fewer than 30 right candidates are said to be unknown', () => {
  expect(formatJudgeFairness([])).toBe(
    'Fewer than two groups have 30 right candidates by group and by language and by name: how those fare is not known.',
  )
})
