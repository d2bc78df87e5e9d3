import { trecOrder } from '../../../src/learning/retrieval.ts'

/** One query's candidates, by id. */
interface TrecQuery {
  readonly query: string
  readonly candidates: readonly string[]
}

/** One query's candidates with their scores. */
export interface TrecRanking extends TrecQuery {
  readonly scores: ArrayLike<number>
}

/** One query's candidates with their grades, 0 for an irrelevant one. */
export interface TrecJudgement extends TrecQuery {
  readonly grades: ArrayLike<number>
}

/** Fields of TREC files are separated by white space and must not have any. */
function field(id: string): string {
  return id.replaceAll(/\s+/g, '_')
}

/** A run file, `query Q0 document rank score tag` a line, best first, as trec_eval orders it. */
export function formatRun(rankings: readonly TrecRanking[], tag: string): string {
  const lines = rankings.flatMap(({ query, candidates, scores }) => {
    const ids = candidates.map(field)
    return trecOrder(scores, ids).map(
      (item, place) =>
        `${field(query)} Q0 ${ids[item]} ${place + 1} ${Math.fround(scores[item]!)} ${field(tag)}\n`,
    )
  })
  return lines.join('')
}

/** A file of judgements, `query 0 document grade` a line for each candidate that is relevant. */
export function formatJudgements(judgements: readonly TrecJudgement[]): string {
  const lines = judgements.flatMap(({ query, candidates, grades }) =>
    candidates.flatMap((id, index) =>
      grades[index]! > 0 ? [`${field(query)} 0 ${field(id)} ${grades[index]}\n`] : [],
    ),
  )
  return lines.join('')
}
