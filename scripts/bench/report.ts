import { quantile, type Spread, spreadOf } from '../console/statistics.ts'
import { formatTable } from '../console/table.ts'
import type { Results } from './rounds.ts'
import { holds, overheadMs, type Target } from './targets.ts'
import type { Trial } from './trial.ts'

const MEBIBYTE = 2 ** 20

/** One column of a table: its heading, and how to read it from a trial. */
interface Column {
  readonly heading: string
  readonly digits: number
  read(trial: Trial): number
}

const peak: Column = { heading: 'peak MB', digits: 0, read: (trial) => trial.peakBytes / MEBIBYTE }
const cpu: Column = { heading: 'CPU s', digits: 2, read: (trial) => trial.cpuSeconds }

/** Columns by part. `texts` is the number of texts that a `mixed` run embeds. */
export function columnsOf(part: 'first' | 'warm' | 'mixed', texts: number): readonly Column[] {
  if (part === 'first') return [{ heading: 'first vector ms', digits: 0, read: (t) => t.firstMs! }, cpu, peak]
  if (part === 'mixed') return [{ heading: 'texts/s', digits: 1, read: (t) => texts / t.seconds! }, cpu, peak]
  return [
    { heading: 'p50 ms', digits: 2, read: (trial) => quantile(trial.callsMs!, 0.5) },
    { heading: 'p99 ms', digits: 2, read: (trial) => quantile(trial.callsMs!, 0.99) },
    { heading: 'bare run p50 ms', digits: 2, read: (trial) => quantile(trial.bareMs ?? [], 0.5) },
    {
      heading: 'beyond its run p50 ms',
      digits: 2,
      read: (trial) => (trial.insideMs ? overheadMs(trial) : Number.NaN),
    },
    peak,
  ]
}

/** A table of medians and, in brackets, ranges; one line per contender, and the runtime that it used. */
export function formatResults(results: Results, columns: readonly Column[]): string {
  const lines = [...results].map(([label, trials]) => [
    label,
    ...columns.map((column) => formatSpread(spreadOf(trials.map(column.read)), column.digits)),
    `ORT ${trials[0]!.runtime}`,
  ])
  return formatTable([['', ...columns.map((column) => column.heading), 'runtime'], ...lines])
}

function formatSpread({ median, least, most }: Spread, digits: number): string {
  if (Number.isNaN(median)) return '–'
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`
}

/** The targets, each with what was measured and whether it holds. */
export function formatTargets(targets: readonly Target[]): string {
  return formatTable(
    targets.map((target) => [
      holds(target) ? 'holds' : 'MISSED',
      target.name,
      target.measured.toFixed(2),
      `(at best ${target.atBest.toFixed(2)})`,
      `${target.sense} ${target.limit}`,
    ]),
  )
}
