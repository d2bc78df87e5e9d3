import type { Interval } from '../../src/learning/bootstrap.ts'
import type { GuardReport } from '../../src/learning/guards.ts'
import type { LearningReport, ReportLine } from '../../src/learning/report.ts'
import { AFTER_FIRST, formatTable } from '../console/table.ts'
import { describeChances, describeFairness } from './chances-page.ts'

const SIDES = {
  table: 'its table',
  query: 'a map of the vectors of queries; stored vectors stay valid',
  both: 'a map of all vectors; stored ones are to be made again',
} as const
const SPLITS = { time: 'the latest', query: 'drawn' } as const

/** A report as a page of a terminal. */
export function describeReport(report: LearningReport): string {
  const { base, side, data, split, lines, gains, decision, notes } = report
  const whole = data.negatives === 'catalogue' ? 'the catalogue' : 'answers of pairs, no catalogue'
  const head = `${base.id}: learned ${SIDES[side]}.
${data.pairs} pairs of ${data.queries} queries; ${data.labels} labels (${whole}), ${data.labelsWithPairs} with pairs.
Learned from ${split.fitQueries} queries, measured on ${split.validationQueries} others (${SPLITS[split.by]}).`
  const table = formatTable(
    [
      ['', 'MRR', 'R@10', 'MRR by label', 'R@10 by label', 'MRR without pairs'],
      ...(
        [
          ['base', lines.base],
          ['learned', lines.learned],
          ['popularity alone', lines.popularity],
          ['labels at random', lines.permuted],
        ] as const
      ).map(([name, line]) => [name, ...cellsOf(line)]),
    ],
    AFTER_FIRST,
  )
  const changes = formatTable([
    ['gain in MRR', range(gains.micro)],
    ['  each label once', range(gains.macro)],
    ['  labels without pairs', gains.withoutPairs ? range(gains.withoutPairs) : '–'],
    ['gain in R@10', range(gains.recall10)],
    ['popularity alone', range(gains.popularity)],
    ...report.seeds.map(({ seed, micro, macro, epoch }) => [
      `seed ${seed}`,
      `${signed(micro)}, each label once ${signed(macro)}, epoch ${epoch}`,
    ]),
    ...report.guards.map((guard) => [`guard ${guard.name}`, describeGuard(guard)]),
  ])
  const people = describeFairness(report.fairness)
  const chances = report.calibration ? describeChances(report.calibration) : ''
  const said = notes.map((note) => `Note: ${note}`)
  const outcome = decision.ships
    ? ['Better: every rule holds.']
    : ['Refused:', ...decision.reasons.map((reason) => `- ${reason}`)]
  return [head, table, changes, people, chances, said.join('\n'), outcome.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
}

function cellsOf({ micro, macro, withoutPairs }: ReportLine): string[] {
  const cells = [micro.mrr, micro.recall10, macro.mrr, macro.recall10, withoutPairs?.mrr]
  return cells.map((found) => (found ? found.mean.toFixed(4) : '–'))
}

function describeGuard({ kind, role, measure, items, base, learned, change, leftOut }: GuardReport): string {
  const what = { pairs: 'queries', ranking: 'queries', rated: 'rated pairs' }[kind]
  return `${measure} ${base.toFixed(4)} → ${learned.toFixed(4)}, ${range(change)}, ${items} ${what}, ${role === 'judge' ? 'has to gain' : 'must not lose'}${leftOut ? `; ${leftOut} more are among the pairs, and judge nothing` : ''}`
}

function range({ mean, low, high }: Interval): string {
  return `${signed(mean)} [${signed(low)}, ${signed(high)}]`
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}
