import { bootstrap } from '../../src/learning/bootstrap.ts'
import { createRandom } from '../../src/learning/random.ts'
import { type JudgedQuery, type Judging, judgedOrder, type Opinion, rankedBy } from './judge-orders.ts'
import type { GradedQuery } from './judged-pairs.ts'

/** What a judge did to a ranking. */
export interface JudgeReport {
  readonly queries: number
  readonly pairs: number
  /** Pairs of which the judge said nothing. */
  readonly silent: number
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
interface JudgeMeasuring extends Judging {
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
  { rank, judge, seed, dollarsPerSecond, now = () => performance.now(), ...bounds }: JudgeMeasuring,
): Promise<{ readonly report: JudgeReport; readonly judged: readonly JudgedQuery[] }> {
  const all: JudgedQuery[] = []
  let [pairs, milliseconds, positional, reversed, silent] = [0, 0, 0, 0, 0]
  for (const query of queries) {
    const scores = await rank(query)
    const before = rankedBy(scores)
    const texts = before.slice(0, bounds.top).map((place) => query.candidates[place]!)
    const began = now()
    const said = await judge(query.query, texts)
    milliseconds += now() - began
    pairs += texts.length
    silent += said.filter((one) => one === undefined).length
    const opinions = new Map(texts.map((text, index) => [text, said[index]]))
    const opinionOf = (place: number) => opinions.get(query.candidates[place]!)
    all.push({ query, scores, before, opinions, after: judgedOrder(before, scores, opinionOf, bounds) })
    const first = firstOf(said)
    // The middle of a list is the same place in both orders.
    if (reversed < REVERSED && 2 * first !== texts.length - 1) {
      const turned = await judge(query.query, [...texts].reverse())
      positional += Number(first === firstOf(turned))
      reversed += 1
    }
  }
  const seconds = milliseconds / 1000 / (pairs / 1000)
  const report = {
    queries: queries.length,
    pairs,
    silent,
    measures: (['MRR', 'nDCG@10'] as const).map((name) => compare(name, all, seed)),
    positional: reversed === 0 ? 0 : positional / reversed,
    secondsPerThousand: seconds,
    dollarsPerThousand: seconds * dollarsPerSecond,
  }
  return { report, judged: all }
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
  judged: readonly JudgedQuery[],
  seed: number,
): JudgeReport['measures'][number] {
  const measured = (order: 'before' | 'after') =>
    judged.map((one) => measure(one[order].map((place) => one.query.grades[place]!))[name])
  const [before, after] = [measured('before'), measured('after')]
  const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length
  const differences = after.map((one, place) => one - before[place]!)
  const random = createRandom(seed)
  const draw = () =>
    differences.reduce((sum) => sum + differences[random.below(differences.length)]!, 0) / differences.length
  return { name, without: mean(before), judged: mean(after), ...bootstrap(draw, RESAMPLES, 0.95) }
}

function firstOf(judged: readonly Opinion[]): number {
  const scores = judged.map((one) => one?.score ?? -1)
  return scores.indexOf(Math.max(...scores))
}

/** The report in lines, the last of which says whether the judge may be switched on. */
export function formatJudge(model: string, report: JudgeReport): string {
  const { queries, pairs, silent, measures, positional, secondsPerThousand, dollarsPerThousand } = report
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  const lines = measures.map(
    ({ name, without, judged, low, high }) =>
      `  ${name.padEnd(8)} ${without.toFixed(3)} → ${judged.toFixed(3)}   ${signed(judged - without)} [${signed(low)}, ${signed(high)}]`,
  )
  const unheard = silent === 0 ? '' : `, of which it said nothing of ${silent}`
  const gains = measures.every(({ low }) => low > 0)
  return [
    `${model} as a judge of ${pairs} pairs of ${queries} queries${unheard} (difference with the 95 % interval of the paired bootstrap)`,
    ...lines,
    `  the same place, not the same candidate, in both orders: ${(positional * 100).toFixed(0)} %`,
    `  1,000 pairs: ${secondsPerThousand.toFixed(1)} s, $${dollarsPerThousand.toFixed(4)}`,
    gains
      ? '  It ranks better on these pairs.'
      : '  No gain is proven on these pairs, since an interval includes 0: leave the judge off.',
  ].join('\n')
}
