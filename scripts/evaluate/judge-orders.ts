import { blendJudge, type JudgeScore } from '../../src/ranking/judge.ts'
import type { GradedQuery } from './judged-pairs.ts'

/** What was said of a candidate; `undefined` where nothing was. */
export type Opinion = JudgeScore | undefined

/** A ranking, and a judge behind it. */
export interface Judging {
  /** Scores of the ranking before, one a candidate. */
  readonly rank: (query: Pick<GradedQuery, 'query' | 'candidates'>) => Promise<readonly number[]>
  /** Judges the candidates of a query. */
  readonly judge: (query: string, candidates: readonly string[]) => Promise<readonly Opinion[]>
  /** How many of the best are judged. */
  readonly top: number
  readonly weight: number
}

/** A query with its ranking without and with the judge, each as places of candidates, best first. */
export interface JudgedQuery {
  readonly query: GradedQuery
  readonly scores: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** By the text of a candidate, of those that were judged. */
  readonly opinions: ReadonlyMap<string, Opinion>
}

/** Places of candidates, best first; equals stand in their given order. */
export function rankedBy(scores: readonly number[]): number[] {
  return [...scores.keys()].sort((one, other) => scores[other]! - scores[one]! || one - other)
}

/**
 * The order behind the judge, as the service makes it.
 *
 * @param order of the ranking before
 */
export function judgedOrder(
  order: readonly number[],
  scores: readonly number[],
  opinionOf: (place: number) => Opinion,
  { top, weight }: Pick<Judging, 'top' | 'weight'>,
): number[] {
  const best = order.slice(0, top)
  const blended = blendJudge(
    best.map((place) => scores[place]!),
    best.map(opinionOf),
    weight,
  )
  return [...blended.map((place) => best[place]!), ...order.slice(top)]
}
