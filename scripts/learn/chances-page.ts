import type { LearnedCalibration } from '../../src/learning/calibration.ts'
import type { FairnessReport } from '../../src/learning/fairness.ts'
import { AFTER_FIRST, formatTable } from '../console/table.ts'

/** How a table of groups calls what it counts. */
interface FairnessWords {
  /** Who has a language, and a name put before. */
  readonly whose: string
  readonly counted: string
  readonly before: string
  readonly after: string
}

const LEARNED: FairnessWords = {
  whose: 'the query',
  counted: 'queries',
  before: 'found, base',
  after: 'learned',
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

/** How groups of people fare before and after, as lines of a terminal; empty where there are none. */
export function describeFairness(reports: readonly FairnessReport[], words: FairnessWords = LEARNED): string {
  return reports.map((report) => describeGroups(report, words)).join('\n\n')
}

function describeGroups(
  { kind, groups, smallGroups, before, after, change, isDrop }: FairnessReport,
  words: FairnessWords,
): string {
  const title = {
    group: 'by the column group',
    language: `by the language of ${words.whose}`,
    name: `by a name put before ${words.whose}`,
  }[kind]
  const rows = groups.map(({ group, queries, ...rates }) => [
    group,
    String(queries),
    percent(rates.before),
    percent(rates.after),
  ])
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  const small = smallGroups > 0 ? `; ${smallGroups} groups of fewer than 30 ${words.counted} left out` : ''
  return [
    formatTable([[title, words.counted, words.before, words.after], ...rows], AFTER_FIRST),
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
