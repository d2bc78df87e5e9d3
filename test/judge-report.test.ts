import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeUnproven, describeUnprovenJudge } from '../src/judge-report.ts'
import { readJudgeSettings } from '../src/judge-settings.ts'
import { readerOf } from '../src/settings.ts'
import { temporaryFolder } from './support/folders.ts'
import { provenReport } from './support/judge-report.ts'

const settingsOf = (environment: Record<string, string>) => readJudgeSettings(readerOf(environment))
const doubtsOf = (environment: Record<string, string>) => describeUnprovenJudge(settingsOf(environment))

test('a server that names no judge has nothing to prove', () => {
  expect(doubtsOf({})).toEqual([])
})

test.each(['judge', 'SOMEONE/judge', 'short'])(
  'a report proves the judge under its name %s',
  (JUDGE_MODEL) => {
    expect(doubtsOf({ JUDGE_MODEL, JUDGE_REPORT: provenReport() })).toEqual([])
  },
)

test('a report may lie in a file', () => {
  const path = join(temporaryFolder('judge-report-'), 'report.json')
  const environment = { JUDGE_MODEL: 'judge', JUDGE_REPORT: path }
  expect(doubtsOf(environment)).toEqual([
    `JUDGE_MODEL=judge is not proven to rank any better: JUDGE_REPORT names no report that can be read. Measure it on your own pairs by "npm run evaluate -- --judge judge --pairs <file>" and give JUDGE_REPORT what that writes, or leave JUDGE_MODEL out.`,
  ])
  writeFileSync(path, provenReport())
  expect(doubtsOf(environment)).toEqual([])
})

const measure = (low: number) => ({ name: 'MRR', without: 0.5, judged: 0.52, low, high: 0.05 })

test.each<[string, RegExp, string | undefined, Record<string, string>?]>([
  ['is not there', /: judgeReport names no report that can be read\./, undefined],
  ['is no JSON', /the report is none that this version writes/, '{"format": 1'],
  ['has no measures', /none that this version writes/, provenReport({ measures: [] })],
  ['has another format', /none that this version writes/, provenReport({ format: 2 })],
  ['is of another judge', /the report is that of other\./, provenReport({ judge: { names: ['other'] } })],
  [
    'has an interval with 0',
    /the gain in MRR is -0\.010 to 0\.050 and includes 0/,
    provenReport({ measures: [measure(-0.01)] }),
  ],
  ['has an interval from 0 on', /includes 0/, provenReport({ measures: [measure(0)] })],
  [
    'has bounds that are no numbers',
    /none that this version/,
    provenReport({ measures: [{ name: 'MRR', low: null }] }),
  ],
  [
    'has a group that fares worse',
    /it makes it worse for a group by name\. Measure/,
    provenReport({
      fairness: [
        { kind: 'language', isDrop: false },
        { kind: 'name', isDrop: true },
      ],
    }),
  ],
  ['is of another weight', /measured with weight=0\.25, not 0\.5/, provenReport(), { JUDGE_WEIGHT: '0.5' }],
  ['is of fewer candidates', /measured with top=10, not 50/, provenReport(), { JUDGE_TOP: '50' }],
  ['is of an older prompt', /measured with promptVersion=0, not 1/, provenReport({ promptVersion: '0' })],
])('refuses a report that %s, with the remedy', (_, reason, report, environment = {}) => {
  const judge = settingsOf({ JUDGE_MODEL: 'judge', ...environment })
  const sentence = describeUnproven(judge, report, { model: 'judge', report: 'judgeReport' })
  expect(sentence).toMatch(reason)
  expect(sentence).toMatch(
    /^judge=judge is not proven .*npm run evaluate -- --judge judge --pairs .*or leave judge out\.$/,
  )
})
