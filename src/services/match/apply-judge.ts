import { blendJudge } from '../../ranking/judge.ts'
import type { JudgeService } from '../judge/judge.ts'
import type { MatchPlan } from './plan.ts'

/** Judges the resumes of one job, as `JudgeService.begin` gives it. */
type JudgeResumes = ReturnType<JudgeService['begin']>

/** A result as the judge's stage needs it. */
interface Judged {
  readonly id: string
  readonly score: number
  readonly rerank?: number
}

/** What the stage adds to a result. */
export interface JudgeMarks {
  /** The chance of a fit, as the judge has it. */
  readonly judge?: number
  /** What the text did, such as `addresses_the_judge`. */
  readonly flags?: readonly string[]
}

/** Ids that one warning names. */
const MOST_NAMED = 5

/**
 * Judges the best candidates and orders them among themselves; all others stay where they were, and nobody is left out.
 *
 * @param ranked best first
 * @param textOf what the judge reads of a candidate, without redacted fields
 * @returns all candidates in their new order, and what is to be said
 */
export async function applyJudge<Ranked extends { readonly result: Judged }>(
  plan: MatchPlan,
  job: string,
  ranked: readonly Ranked[],
  textOf: (ranked: Ranked) => string,
  { judge, weight }: { readonly judge: JudgeResumes; readonly weight: number },
): Promise<{
  readonly ranked: readonly (Ranked & { readonly marks?: JudgeMarks })[]
  readonly warnings: readonly string[]
}> {
  // Behind a reranker only those are judged that it has scored: other scores cannot be held against its own.
  const isReranked = ranked[0]?.result.rerank !== undefined
  const most = Math.min(plan.judge?.top ?? 0, isReranked ? plan.rerank!.top : Number.POSITIVE_INFINITY)
  const best = ranked.slice(0, most)
  if (best.length === 0) return { ranked, warnings: [] }
  const { judged, warnings } = await judge(job, best.map(textOf))
  const scores = best.map(({ result }) => result.rerank ?? result.score)
  const opinions = judged.map(({ score, flags }) =>
    score === undefined ? undefined : { score, flagged: flags.length > 0 },
  )
  const order = blendJudge(scores, opinions, weight)
  const marked = best.map((one, place) => {
    const { score, flags } = judged[place]!
    const marks = { ...(score !== undefined && { judge: score }), ...(flags.length > 0 && { flags }) }
    return { ...one, marks }
  })
  const flagged = best.filter((_, place) => judged[place]!.flags.length > 0).map(({ result }) => result.id)
  return {
    ranked: [...order.map((place) => marked[place]!), ...ranked.slice(best.length)],
    warnings: [...warnings, ...flagWarnings(flagged)],
  }
}

function flagWarnings(ids: readonly string[]): string[] {
  if (ids.length === 0) return []
  const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : ''
  return [
    `Sentences that address the judge were left out of the texts of ${ids.slice(0, MOST_NAMED).join(', ')}${more}; the judge can lower these and cannot raise them.`,
  ]
}
