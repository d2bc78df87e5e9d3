import type { LearnedCalibration } from '../../src/learning/calibration.ts'
import type { FairnessReport } from '../../src/learning/fairness.ts'
import { AFTER_FIRST, formatTable } from '../console/table.ts'

const KINDS = {
  group: 'by the column group',
  language: 'by the language of the query',
  name: 'by a name put before the query',
} as const

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

/** How groups of people fare before and after, as lines of a terminal; empty where there are none. */
export function describeFairness(reports: readonly FairnessReport[]): string {
  return reports.map(describeGroups).join('\n\n')
}

function describeGroups({
  kind,
  groups,
  smallGroups,
  before,
  after,
  change,
  isDrop,
}: FairnessReport): string {
  const rows = groups.map(({ group, queries, ...rates }) => [
    group,
    String(queries),
    percent(rates.before),
    percent(rates.after),
  ])
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  const small = smallGroups > 0 ? `; ${smallGroups} groups of fewer than 30 queries left out` : ''
  return [
    formatTable([[KINDS[kind], 'queries', 'found, base', 'learned'], ...rows], AFTER_FIRST),
    `four-fifths ratio ${before.toFixed(3)} → ${after.toFixed(3)}, ${signed(change.mean)} [${signed(change.low)}, ${signed(change.high)}]${isDrop ? ': a drop' : ''}${small}`,
  ].join('\n')
}

/** How scores become chances, as lines of a terminal. */
export function describeChances({ method, calibration, errors, firstErrors }: LearnedCalibration): string {
  const { all, ...pairs } = calibration.titles ?? {}
  const own = Object.keys(calibration.pairs ?? {})
  const base = errors.base === undefined ? '' : `, ${percent(errors.base)} by the curve of the base`
  const first = firstErrors && `; of "the best answer is right" ${percent(firstErrors.learned)}`
  return [
    `Chances by ${method} from ${all} queries (${Object.entries(pairs)
      .map(([name, count]) => `${name} ${count}${own.includes(name) ? '' : ', by the curve of all'}`)
      .join('; ')})`,
    `  are off by ${percent(errors.learned)} on average${base}${first ?? ''}.`,
  ].join('\n')
}
