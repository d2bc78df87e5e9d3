import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { describeUnprovenJudge } from '../../src/judge-report.ts'
import { readJudgeSettings } from '../../src/judge-settings.ts'
import { readerOf } from '../../src/settings.ts'
import { temporaryFolder } from '../support/folders.ts'
import { provenReport } from '../support/judge-report.ts'
import { at, listAt } from './rendered.ts'
import { CHART, installed, reason, runTool } from './tools.ts'

const path = join(temporaryFolder('chart-judge'), 'report.json')

/** The chart with a judge of the default, and a report of it. */
function template(report: string | undefined, judge = 'judge', ...more: string[]) {
  if (report !== undefined) writeFileSync(path, report)
  const files = report === undefined ? [] : ['--set-file', `generate.judgeReport=${path}`]
  const set = ['--set', [`generate.enabled=true,generate.judge=${judge}`, ...more].join(',')]
  return runTool('helm', ['template', 'emb', CHART, ...set, ...files])
}

describe.skipIf(!installed)(`a judge of the default in the chart${reason}`, () => {
  test.each(['judge', 'SOMEONE/judge'])('is told to the pods with its proof: %s', async (judge) => {
    const { out } = await template(provenReport(), judge)
    const server = parseAllDocuments(out)
      .map((document) => document.toJS() as unknown)
      .find((object) => at(object, 'kind') === 'Deployment')
    const environment = Object.fromEntries(
      listAt(server, 'spec.template.spec.containers.0.env').map(({ name, value }) => [name, value]),
    )
    expect(environment.JUDGE_MODEL).toBe(judge)
    expect(JSON.parse(environment.JUDGE_REPORT)).toEqual(JSON.parse(provenReport()))
    expect(describeUnprovenJudge(readJudgeSettings(readerOf(environment)))).toEqual([])
  })

  test.each<[string, string, string | undefined, ...string[]]>([
    ['no report', 'generate.judgeReport proves no gain', undefined],
    ['no JSON', 'generate.judgeReport is no report of a judge', '{"format": 1'],
    [
      'the report of another',
      'generate.judgeReport that of other;',
      provenReport({ judge: { names: ['other'] } }),
    ],
    [
      'an interval with 0',
      'gain in MRR is -0.010 to 0.050, which includes 0',
      provenReport({ measures: [{ name: 'MRR', low: -0.01, high: 0.05 }] }),
    ],
    [
      'a group that fares worse',
      'worse for a group by name',
      provenReport({ fairness: [{ kind: 'name', isDrop: true }] }),
    ],
    ['another weight', 'measured with weight=0.25, not 0.5', provenReport(), 'settings.JUDGE_WEIGHT=0.5'],
  ])('is refused with %s, and the remedy', async (_, sentence, report, ...more) => {
    const { code, all } = await template(report, 'judge', ...more)
    expect([code === 0, all]).toEqual([false, expect.stringContaining(sentence)])
    expect(all).toMatch(
      /npm run evaluate -- --judge judge --pairs .*generate\.judgeReport=.*leave generate\.judge out/,
    )
  })
})
