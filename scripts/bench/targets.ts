import { compare, median, quantile } from '../console/statistics.ts'
import { OURS, PLAIN, USERS_BATCH } from './contenders.ts'
import { bestLabel, type Results } from './rounds.ts'
import type { Trial } from './trial.ts'

/** A promise of the project, with what was measured. */
export interface Target {
  readonly name: string
  readonly measured: number
  /** The same from the least disturbed runs; it is told, not judged. */
  readonly atBest: number
  readonly limit: number
  readonly sense: 'at most' | 'at least'
}

/** Whether a target is met. */
export function holds({ measured, limit, sense }: Target): boolean {
  return sense === 'at most' ? measured <= limit : measured >= limit
}

const values = (results: Results, label: string, read: (trial: Trial) => number) =>
  (results.get(label) ?? []).map(read)

/** Process start → first vector. */
export function firstTargets(results: Results): Target[] {
  const against = (label: string, other: string, limit: number): Target[] => {
    if (!results.has(other)) return []
    const read = (trial: Trial) => trial.firstMs!
    const ratio = compare(values(results, label, read), values(results, other, read))
    const name = `first vector of ${label} / ${other}`
    return [{ name, measured: ratio.median, atBest: ratio.least, limit, sense: 'at most' }]
  }
  return ['ours', PLAIN].flatMap((label) => [
    ...against(label, 'floor', 1.25),
    ...against(label, 'transformers.js', 0.4),
    ...against(label, 'fastembed', 0.6),
  ])
}

/** Milliseconds at p50 that a call takes beyond the run of the session within it. */
export function overheadMs({ callsMs = [], insideMs = [] }: Trial): number {
  return quantile(
    callsMs.map((call, index) => call - insideMs[index]!),
    0.5,
  )
}

/** One warm text through the door. */
export function warmTargets(results: Results): Target[] {
  const overheads = values(results, 'ours', overheadMs)
  const [measured, atBest] = [median(overheads), Math.min(...overheads)]
  return [{ name: 'door beyond the session run, ms at p50', measured, atBest, limit: 1, sense: 'at most' }]
}

/** Many texts of mixed length. */
export function mixedTargets(results: Results): Target[] {
  const floor = bestLabel(results, 'floor')!
  const against = (name: string, other: string | undefined, limit: number): Target[] => {
    if (!other || !results.has(other)) return []
    const seconds = (trial: Trial) => trial.seconds!
    const ratio = compare(values(results, other, seconds), values(results, OURS, seconds))
    const [measured, atBest] = [ratio.median, ratio.least]
    return [{ name: `${name} (${other})`, measured, atBest, limit, sense: 'at least' }]
  }
  const bytes = (trial: Trial) => trial.peakBytes
  const peak = compare(values(results, OURS, bytes), values(results, floor, bytes))
  return [
    ...against('throughput / floor', floor, 0.95),
    ...against('throughput / best', bestLabel(results, 'transformers.js'), 1.15),
    ...against('throughput / best', bestLabel(results, 'fastembed'), 1.15),
    ...against("throughput / users' batch", USERS_BATCH, 3.5),
    {
      name: `peak memory / floor (${floor})`,
      measured: peak.median,
      atBest: peak.least,
      limit: 1.15,
      sense: 'at most',
    },
  ]
}
