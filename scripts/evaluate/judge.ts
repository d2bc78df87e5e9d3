import { bootstrap } from '../../src/learning/bootstrap.ts'
import { createRandom } from '../../src/learning/random.ts'
import { blendJudge } from '../../src/ranking/judge.ts'
import type { GradedQuery } from './judged-pairs.ts'

/** Judges the candidates of a query: chances of yes, `undefined` for those of whom nothing was said. */
type JudgeCandidates = (
  query: string,
  candidates: readonly string[],
) => Promise<readonly ({ readonly score: number; readonly flagged: boolean } | undefined)[]>

/** What a judge did to a ranking. */
interface JudgeReport {
  readonly queries: number
  readonly pairs: number
  readonly measures: readonly {
    readonly name: string
    readonly without: number
    readonly judged: number
    /** Bounds of the 95 % interval of the difference, by the paired bootstrap over queries. */
    readonly low: number
    readonly high: number
  }[]
  /** Share of queries of which the judge chose the same place, not the same candidate, in the given and the reversed order. */
  readonly positional: number
  readonly secondsPerThousand: number
  readonly dollarsPerThousand: number
}

/** How a judge is measured. */
interface JudgeMeasuring {
  /** Scores of the ranking before, one a candidate. */
  readonly rank: (query: GradedQuery) => Promise<readonly number[]>
  readonly judge: JudgeCandidates
  /** How many of the best are judged. */
  readonly top: number
  readonly weight: number
  readonly seed: number
  /** Of the machine that judges, for a second. */
  readonly dollarsPerSecond: number
  /** Milliseconds, for tests. */
  readonly now?: () => number
}

const RESAMPLES = 2000
const CUT = 10
/** Queries that are asked in the reversed order, too: it doubles what they take. */
const REVERSED = 50

/** Measures what a judge changes, query by query, on the same candidates. */
export async function measureJudge(
  queries: readonly GradedQuery[],
  { rank, judge, top, weight, seed, dollarsPerSecond, now = () => performance.now() }: JudgeMeasuring,
): Promise<JudgeReport> {
  const before: Measured[] = []
  const after: Measured[] = []
  let [pairs, milliseconds, positional, reversed] = [0, 0, 0, 0]
  for (const query of queries) {
    const scores = await rank(query)
    const order = [...scores.keys()].sort((one, other) => scores[other]! - scores[one]! || one - other)
    const best = order.slice(0, top)
    const texts = best.map((place) => query.candidates[place]!)
    const began = now()
    const judged = await judge(query.query, texts)
    milliseconds += now() - began
    pairs += texts.length
    const blended = blendJudge(
      best.map((place) => scores[place]!),
      judged,
      weight,
    ).map((place) => best[place]!)
    before.push(measure(order.map((place) => query.grades[place]!)))
    after.push(measure([...blended, ...order.slice(top)].map((place) => query.grades[place]!)))
    const first = firstOf(judged)
    // The middle of a list is the same place in both orders.
    if (reversed < REVERSED && 2 * first !== texts.length - 1) {
      const turned = await judge(query.query, [...texts].reverse())
      positional += Number(first === firstOf(turned))
      reversed += 1
    }
  }
  const seconds = milliseconds / 1000 / (pairs / 1000)
  return {
    queries: queries.length,
    pairs,
    measures: (['MRR', 'nDCG@10'] as const).map((name) => compare(name, before, after, seed)),
    positional: reversed === 0 ? 0 : positional / reversed,
    secondsPerThousand: seconds,
    dollarsPerThousand: seconds * dollarsPerSecond,
  }
}

type Measured = Readonly<Record<'MRR' | 'nDCG@10', number>>

/** @param grades in the order of a ranking */
function measure(grades: readonly number[]): Measured {
  const gain = (list: readonly number[]) =>
    list.slice(0, CUT).reduce((sum, grade, place) => sum + (2 ** grade - 1) / Math.log2(place + 2), 0)
  const ideal = [...grades].sort((one, other) => other - one)
  return { MRR: 1 / (grades.findIndex((grade) => grade > 0) + 1), 'nDCG@10': gain(grades) / gain(ideal) }
}

function compare(
  name: 'MRR' | 'nDCG@10',
  before: readonly Measured[],
  after: readonly Measured[],
  seed: number,
): JudgeReport['measures'][number] {
  const mean = (list: readonly Measured[]) => list.reduce((sum, one) => sum + one[name], 0) / list.length
  const differences = after.map((one, place) => one[name] - before[place]![name])
  const random = createRandom(seed)
  const draw = () =>
    differences.reduce((sum) => sum + differences[random.below(differences.length)]!, 0) / differences.length
  return { name, without: mean(before), judged: mean(after), ...bootstrap(draw, RESAMPLES, 0.95) }
}

function firstOf(judged: Awaited<ReturnType<JudgeCandidates>>): number {
  const scores = judged.map((one) => one?.score ?? -1)
  return scores.indexOf(Math.max(...scores))
}

/** The report in lines, the last of which says whether the judge may be switched on. */
export function formatJudge(model: string, report: JudgeReport): string {
  const { queries, pairs, measures, positional, secondsPerThousand, dollarsPerThousand } = report
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  const lines = measures.map(
    ({ name, without, judged, low, high }) =>
      `  ${name.padEnd(8)} ${without.toFixed(3)} → ${judged.toFixed(3)}   ${signed(judged - without)} [${signed(low)}, ${signed(high)}]`,
  )
  const gains = measures.every(({ low }) => low > 0)
  return [
    `${model} as a judge of ${pairs} pairs of ${queries} queries (difference with the 95 % interval of the paired bootstrap)`,
    ...lines,
    `  the same place, not the same candidate, in both orders: ${(positional * 100).toFixed(0)} %`,
    `  1,000 pairs: ${secondsPerThousand.toFixed(1)} s, $${dollarsPerThousand.toFixed(4)}`,
    gains
      ? '  It ranks better on these pairs.'
      : '  No gain is proven on these pairs, since an interval includes 0: leave the judge off.',
  ].join('\n')
}
