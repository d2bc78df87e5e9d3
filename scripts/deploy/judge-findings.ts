import { type Facts, type Finding, good, problem, warning } from './findings.ts'
import type { Parameters } from './parameters.ts'

/** Whether those who judge by default are proven to rank better: in the deployment, and by the settings of this machine. */
export function diagnoseJudge(
  { unproven, unprovenHere }: Pick<Facts, 'unproven' | 'unprovenHere'>,
  parameters: Parameters,
): Finding[] {
  const { judge, judgeReport } = parameters
  const doubt = unproven(parameters)
  return [
    ...(judge === null
      ? []
      : [
          doubt === undefined
            ? good(`judge=${judge} is proven to rank better by ${judgeReport}`)
            : problem(doubt),
        ]),
    ...unprovenHere.map(warning),
  ]
}
