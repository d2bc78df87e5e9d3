import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatJudge, measureJudge } from '../../../scripts/evaluate/judge.ts'
import { readJudgedPairs } from '../../../scripts/evaluate/judged-pairs.ts'
import { temporaryFolder } from '../../support/folders.ts'

const candidates = ['a', 'b', 'c', 'd', 'e']
/** The right candidate stands second in the ranking, and at another place in the list for each query. */
const queries = Array.from({ length: 40 }, (_, turn) => ({
  query: `job ${turn}`,
  candidates,
  grades: candidates.map((_, place) => Number(place === turn % 5)),
  groups: candidates.map(() => undefined),
}))
const ranked = (query: string) => {
  const right = Number(query.slice(4)) % 5
  return candidates.map((_, place) =>
    place === right ? 0.8 : place === (right + 1) % 5 ? 0.81 : 0.1 * place,
  )
}
const measuring = {
  rank: async ({ query }: { readonly query: string }) => ranked(query),
  top: 4,
  weight: 0.25,
  seed: 1,
  dollarsPerSecond: 0.001,
}
const rightOf = (query: string) => candidates[Number(query.slice(4)) % 5]
const judgeBy =
  (score: (candidate: string, query: string, place: number) => number) =>
  async (query: string, list: readonly string[]) =>
    list.map((candidate, place) => ({ score: score(candidate, query, place), flagged: false }))

test('a judge that knows gains, with an interval beyond 0', async () => {
  const judge = judgeBy((candidate, query) => (candidate === rightOf(query) ? 0.9 : 0.2))
  const { report } = await measureJudge(queries, { ...measuring, judge })
  const [mrr, ndcg] = report.measures
  expect([report.queries, report.pairs, report.positional]).toEqual([40, 160, 0])
  expect(mrr).toMatchObject({ name: 'MRR', without: 0.5, judged: 1 })
  expect(ndcg!.low).toBeGreaterThan(0)
  expect(formatJudge('m', report)).toMatch(
    /MRR {6}0\.500 → 1\.000 {3}\+0\.500 \[\+0\.500, \+0\.500\].*It ranks better/s,
  )
})

test('a judge that answers by the place is seen through, and no gain is claimed of it', async () => {
  const { report } = await measureJudge(queries, {
    ...measuring,
    judge: judgeBy((_, __, place) => 1 - place / 10),
  })
  expect(report.positional).toBe(1)
  expect(formatJudge('m', report)).toMatch(/in both orders: 100 %.*No gain is proven.*leave the judge off/s)
})

test('a judge that says yes of everyone changes no measure', async () => {
  const { report, judged: all } = await measureJudge(queries, { ...measuring, judge: judgeBy(() => 0.97) })
  for (const { before, after } of all) expect(after).toEqual(before)
  for (const { without, judged, low, high } of report.measures)
    expect([judged, low, high]).toEqual([without, 0, 0])
})

test('says what a thousand pairs take', async () => {
  let clock = 0
  // The clock is looked at before and behind each judging.
  const now = () => {
    clock += 40
    return clock
  }
  const { report } = await measureJudge(queries, { ...measuring, now, judge: judgeBy(() => 0.5) })
  expect(report.secondsPerThousand).toBeCloseTo(10)
  expect(report.dollarsPerThousand).toBeCloseTo(0.01)
})

const pairsFile = (...lines: string[]) => {
  const path = join(temporaryFolder('judged-pairs-'), 'pairs.jsonl')
  writeFileSync(path, lines.join('\n'))
  return path
}

test('reads graded pairs by query, and leaves out queries that nothing can be ranked for', () => {
  const path = pairsFile(
    '\uFEFF{"query":"nurse","candidate":"ward","grade":2,"group":"night"}',
    '',
    '{"query":"cook","candidate":"kitchen"}',
    '{"query":"nurse","candidate":"oven","grade":0}',
  )
  expect(readJudgedPairs(path)).toEqual([
    { query: 'nurse', candidates: ['ward', 'oven'], grades: [2, 0], groups: ['night', undefined] },
  ])
})

test('says that there is no file of pairs', () => {
  expect(() => readJudgedPairs('nowhere/pairs.jsonl')).toThrow(
    'There is no file of pairs nowhere/pairs.jsonl',
  )
})

test.each([
  ['no JSON', '{"query":', /line 1, is no pair/],
  ['a grade below 0', '{"query":"a","candidate":"b","grade":-1}', /line 1, is no pair; expected/],
  ['a group that is no text', '{"query":"a","candidate":"b","group":1}', /line 1, is no pair; expected/],
  ['nothing to rank', '{"query":"a","candidate":"b"}', /has 1 queries, none with two candidates/],
])('refuses a file of pairs with %s', (_, line, message) => {
  expect(() => readJudgedPairs(pairsFile(line))).toThrow(message)
})
