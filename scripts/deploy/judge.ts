import { resolve } from 'node:path'
import { describeUnproven, readJudgeReport } from '../../src/judge-report.ts'
import { readJudgeSettings } from '../../src/judge-settings.ts'
import { readerOf } from '../../src/settings.ts'
import type { FunctionName } from './deployment.ts'
import type { Parameters } from './parameters.ts'

/** Whether a function judges where it is asked to: `match`, and batch jobs. */
export function judges(name: FunctionName): boolean {
  return name === 'match' || name === 'batch' || name === 'split'
}

/** What the parameters of the judge contradict, in a sentence with its remedy; undefined when they do not. */
export const JUDGE_CHECKS: readonly ((parameters: Parameters) => string | undefined)[] = [
  ({ judge, generateEndpoint }) =>
    judge !== null && generateEndpoint === null
      ? `judge=${judge} needs generateEndpoint, the https://host/v1 that has it: the functions of matches run no language models.`
      : undefined,
  ({ judge, judgeReport }) =>
    judge === null && judgeReport !== null
      ? 'judgeReport is of use with judge only; give judge, the model of requests that name none.'
      : undefined,
]

/**
 * Why nobody may judge by default in a deployment: no report of `npm run evaluate -- --judge` proves a gain.
 *
 * @param root the folder that the path of the report begins at
 * @returns a sentence with its remedy; undefined where there is a proof, or no judge
 */
export function describeUnprovenDefault(root: string, parameters: Parameters): string | undefined {
  const { judge, judgeReport } = parameters
  if (judge === null) return undefined
  // Functions judge as a server does whose settings say nothing else.
  const usual = readJudgeSettings(readerOf({}))
  const report = judgeReport === null ? undefined : readJudgeReport(resolve(root, judgeReport))
  return describeUnproven({ ...usual, judgeModel: judge }, report, { model: 'judge', report: 'judgeReport' })
}
