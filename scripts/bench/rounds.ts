import { median } from '../console/statistics.ts'
import { type Contender, keepBest } from './contenders.ts'
import type { Programs } from './programs.ts'
import type { Job, Measure } from './protocol.ts'
import { runTrial, type Trial } from './trial.ts'

/** Trials by the contender's label, in order of rounds. */
export type Results = ReadonlyMap<string, readonly Trial[]>

/** What to measure, and with whom. */
interface RoundsPlan {
  readonly measure: Measure
  readonly contenders: readonly Contender[]
  readonly rounds: number
  readonly programs: Programs
  readonly folder: string
  jobOf(contender: Contender): Job
}

/** Runs the contenders turn about, each in a fresh process, beginning with another one in each round. */
export async function runRounds(plan: RoundsPlan): Promise<Results> {
  const results = new Map<string, Trial[]>()
  let contenders = plan.contenders
  for (let round = 0; round < plan.rounds; round++) {
    const turn = round % contenders.length
    for (const contender of [...contenders.slice(turn), ...contenders.slice(0, turn)]) {
      const trial = await runTrial(
        plan.programs.entrants[contender.entrant],
        plan.jobOf(contender),
        plan.folder,
      )
      results.set(contender.label, [...(results.get(contender.label) ?? []), trial])
      showProgress(`${plan.measure} ${round + 1}/${plan.rounds} ${contender.label}`)
    }
    if (round === 0 && plan.measure === 'mixed') {
      contenders = keepBest(contenders, (label) => secondsOf(results, label))
    }
  }
  showProgress('')
  return results
}

/** A line on a terminal that the next one overwrites. */
function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${line.padEnd(60)}\r`)
}

/** The median time of a contender for all texts, seconds; infinite for one that took no part. */
function secondsOf(results: Results, label: string): number {
  const trials = results.get(label)
  return trials ? median(trials.map((trial) => trial.seconds!)) : Number.POSITIVE_INFINITY
}

/** The fastest by label of an entrant's settings that ran in all rounds, or undefined when it took no part. */
export function bestLabel(results: Results, entrant: string): string | undefined {
  const rounds = Math.max(...[...results.values()].map((trials) => trials.length))
  return [...results.keys()]
    .filter((label) => label.startsWith(`${entrant},`) && results.get(label)!.length === rounds)
    .sort((first, second) => secondsOf(results, first) - secondsOf(results, second))[0]
}
