import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findContradictions } from '../../scripts/deploy/contradictions.ts'
import { describeUnprovenDefault } from '../../scripts/deploy/judge.ts'
import { diagnoseJudge } from '../../scripts/deploy/judge-findings.ts'
import { temporaryFolder } from '../support/folders.ts'
import { provenReport } from '../support/judge-report.ts'
import { parametersOf } from './defaults.ts'

const JUDGE = { judge: 'judge', generateEndpoint: 'https://llm.example/v1', judgeReport: 'report.json' }
const folder = temporaryFolder('deploy-judge')
writeFileSync(join(folder, 'report.json'), provenReport())
const losing = provenReport({ measures: [{ name: 'MRR', low: -0.004, high: 0.082 }] })
writeFileSync(join(folder, 'losing.json'), losing)

test.each<[Record<string, string>, RegExp]>([
  [{ judge: 'judge' }, /judge=judge needs generateEndpoint, the https:\/\/host\/v1/],
  [{ judgeReport: 'report.json' }, /judgeReport is of use with judge only/],
])('parameters of a judge that contradict each other are refused: %o', (changes, sentence) => {
  const parameters = parametersOf('prod', changes)
  expect(findContradictions({ service: 'embeddings', stage: 'prod', parameters })).toEqual([
    expect.stringMatching(sentence),
  ])
})

const doubtOf = (changes: Record<string, string>) =>
  describeUnprovenDefault(folder, parametersOf('prod', changes))

test('a proof lies at the path that is named, from the folder of the service on', () => {
  expect(doubtOf({})).toBeUndefined()
  expect(doubtOf(JUDGE)).toBeUndefined()
  expect(doubtOf({ ...JUDGE, judgeReport: join(folder, 'report.json') })).toBeUndefined()
})

test.each<[Record<string, string>, RegExp]>([
  [
    { judgeReport: 'none' },
    /judgeReport names no report that can be read\. Measure .* or leave judge out\.$/,
  ],
  [{ judgeReport: 'nowhere.json' }, /names no report that can be read/],
  [{ judgeReport: 'losing.json' }, /the gain in MRR is -0\.004 to 0\.082 and includes 0/],
  [{ judge: 'larger' }, /the report is that of judge\. .*--judge larger --pairs/],
])('a deployment is refused whose judge is not proven: %o', (changes, sentence) => {
  expect(doubtOf({ ...JUDGE, ...changes })).toMatch(sentence)
})

test('the doctor calls that a problem before the deployment, and warns of the settings of this machine', () => {
  const unproven = (parameters: Parameters<typeof diagnoseJudge>[1]) =>
    describeUnprovenDefault(folder, parameters)
  const findingsOf = (changes: Record<string, string>, unprovenHere: string[] = []) =>
    diagnoseJudge({ unproven, unprovenHere }, parametersOf('prod', changes))
  expect(findingsOf({})).toEqual([])
  expect(findingsOf(JUDGE)).toEqual([
    { level: 'good', text: 'judge=judge is proven to rank better by report.json' },
  ])
  expect(findingsOf({ ...JUDGE, judgeReport: 'losing.json' }, ['JUDGE_MODEL=x is not proven.'])).toEqual([
    { level: 'problem', text: expect.stringContaining('includes 0') },
    { level: 'warning', text: 'JUDGE_MODEL=x is not proven.' },
  ])
})
