import type { FairnessReport } from './fairness.ts'

/** A difference of two models on the same queries, with its 95 % interval. */
interface Gain {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** What a learned model reached on pairs that it was not fitted to, beside the base. */
export interface LearningResult {
  /** Distinct queries in all, and of those the ones that validate. */
  readonly queries: number
  readonly validationQueries: number
  /** MRR of the base, and of the base when labels are dealt out at random. */
  readonly base: number
  readonly permuted: number
  /** Mean reciprocal rank over queries. */
  readonly micro: Gain
  /** Each label counting once. */
  readonly macro: Gain
  /** Queries whose label has no pair among those that were fitted; absent where there are none. */
  readonly withoutPairs: Gain | undefined
  /** Tasks that are to stay as they were. */
  readonly guards: readonly WatchedTask[]
  /** How groups of people fare; those of which the ratio drops speak against the model. */
  readonly fairness: readonly FairnessReport[]
}

/** A task that is to stay as it was. */
interface WatchedTask {
  readonly name: string
  /** A judge has to gain as the held back queries do: its queries are what production asks. */
  readonly role: 'judge' | 'watch'
  readonly change: Gain
}

/** Whether a learned model is worth having. */
export interface Decision {
  readonly ships: boolean
  /** One sentence for each rule that speaks against it. */
  readonly reasons: readonly string[]
}

const LEAST_QUERIES = 200
const LEAST_VALIDATION = 50
const LEAST_GAIN = 0.01
const MOST_MACRO_LOSS = 0.005
const MOST_LOSS_WITHOUT_PAIRS = 0.02
const LEAST_TIMES_PERMUTED = 5
/** Among few labels chance is good: of 30 it finds 0.13 MRR, and five times as much is hardly to be had. */
const LEAST_OF_THE_REST = 0.25
const MOST_GUARD_LOSS = 0.01

const KINDS = {
  group: 'the groups',
  language: 'the languages',
  name: 'the names put before queries',
} as const

const gains = ({ mean, low }: Gain) => mean >= LEAST_GAIN && low > 0

/**
 * Decides by rules that were measured: shuffled labels and data of another kind passed the plain rule "own validation is
 * better", and made the truth worse by 0.015 to 0.101 MRR.
 */
export function decide(result: LearningResult): Decision {
  const { micro, macro, withoutPairs, base, permuted, guards, fairness } = result
  const leastBase = Math.min(LEAST_TIMES_PERMUTED * permuted, permuted + LEAST_OF_THE_REST * (1 - permuted))
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
  const range = ({ mean, low, high }: Gain) => `${signed(mean)} [${signed(low)}, ${signed(high)}]`
  const rules: readonly (readonly [isBroken: boolean, reason: string])[] = [
    [
      result.queries < LEAST_QUERIES,
      `There are ${result.queries} distinct queries; expected at least ${LEAST_QUERIES}.`,
    ],
    [
      result.validationQueries < LEAST_VALIDATION,
      `${result.validationQueries} distinct queries validate; expected at least ${LEAST_VALIDATION}.`,
    ],
    [
      !(base >= leastBase),
      `The base finds ${base.toFixed(4)} MRR and ${permuted.toFixed(4)} with labels dealt out at random; expected at least ${leastBase.toFixed(4)}, which is ${LEAST_TIMES_PERMUTED} times as much or a quarter of what is left: are the labels those of the queries?`,
    ],
    [
      !gains(micro),
      `The gain in MRR is ${range(micro)}; expected at least ${signed(LEAST_GAIN)}, with its interval above 0.`,
    ],
    [
      !(macro.mean >= -MOST_MACRO_LOSS),
      `With each label counting once the change is ${range(macro)}; expected no less than ${signed(-MOST_MACRO_LOSS)}: what is popular got better at the cost of the rest.`,
    ],
    [
      withoutPairs !== undefined && withoutPairs.high < -MOST_LOSS_WITHOUT_PAIRS,
      `Labels without pairs change by ${withoutPairs ? range(withoutPairs) : ''}; expected the upper end of the interval at ${signed(-MOST_LOSS_WITHOUT_PAIRS)} or above.`,
    ],
    ...guards.map(({ name, role, change }) =>
      role === 'judge'
        ? ([
            !gains(change),
            `The guard ${name}, pairs as these are, changes by ${range(change)}; expected at least ${signed(LEAST_GAIN)}, with its interval above 0: are the pairs like what is asked in production?`,
          ] as const)
        : ([
            !(change.mean >= -MOST_GUARD_LOSS),
            `The guard ${name} changes by ${range(change)}; expected no less than ${signed(-MOST_GUARD_LOSS)}.`,
          ] as const),
    ),
    ...fairness.map(
      ({ kind, before, after, isDrop }) =>
        [
          isDrop,
          `The four-fifths ratio of ${KINDS[kind]} drops from ${before.toFixed(3)} to ${after.toFixed(3)}; expected no drop that is proven or ends below 0.8.`,
        ] as const,
    ),
  ]
  const reasons = rules.flatMap(([isBroken, reason]) => (isBroken ? [reason] : []))
  return { ships: reasons.length === 0, reasons }
}
