import { blendJudge } from '../../ranking/judge.ts'
import type { JudgeService } from '../judge/judge.ts'
import type { JudgeNote } from '../judge/notes.ts'
import type { QuoteRequest, Quotings } from '../judge/quote.ts'
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
  /** Words of the candidate that the judge rests on, as they stand in its text. */
  readonly quotes?: readonly string[]
}

/** Ids that one warning names. */
const MOST_NAMED = 5

/** How many of the ranked candidates are judged: behind a reranker only those that it has scored. */
export function mostJudged(
  { judge, rerank }: MatchPlan,
  ranked: readonly { readonly result: Judged }[],
): number {
  const isReranked = ranked[0]?.result.rerank !== undefined
  // Other scores cannot be held against a reranker's own.
  return Math.min(judge?.top ?? 0, isReranked ? rerank!.top : Number.POSITIVE_INFINITY)
}

/**
 * Judges the best candidates and orders them among themselves; all others stay where they were, and nobody is left out.
 *
 * @param most candidates that are judged
 * @param ranked best first
 * @param textOf what the judge reads of a candidate, without redacted fields
 * @returns all candidates in their new order, and what is to be said
 */
export async function applyJudge<Ranked extends { readonly result: Judged }>(
  most: number,
  job: string,
  ranked: readonly Ranked[],
  textOf: (ranked: Ranked) => string,
  { judge, weight }: { readonly judge: JudgeResumes; readonly weight: number },
): Promise<{
  readonly ranked: readonly (Ranked & { readonly marks?: JudgeMarks })[]
  readonly notes: readonly JudgeNote[]
}> {
  const best = ranked.slice(0, most)
  if (best.length === 0) return { ranked, notes: [] }
  const { judged, notes } = await judge(job, best.map(textOf))
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
    notes: [...notes, ...flagNotes(flagged)],
  }
}

function flagNotes(ids: readonly string[]): JudgeNote[] {
  if (ids.length === 0) return []
  const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : ''
  const sentence = `Sentences that address the judge were left out of the texts of ${ids.slice(0, MOST_NAMED).join(', ')}${more}; the judge can lower these and cannot raise them.`
  return [{ kind: 'flagged', sentence }]
}

/**
 * Asks for quotes of those that were judged. Neither order nor scores change.
 *
 * @param quote as `JudgeService.quote` does it
 * @returns the same candidates in the same order, and what became of it
 */
export async function applyQuotes<Ranked extends { readonly result: JudgeMarks }>(
  ranked: readonly Ranked[],
  textOf: (ranked: Ranked) => string,
  quote: (resumes: QuoteRequest['resumes']) => Promise<Quotings>,
): Promise<{ readonly ranked: readonly Ranked[]; readonly told: Quotings }> {
  const judged = ranked.filter(({ result }) => result.judge !== undefined)
  const told = await quote(judged.map((one) => ({ text: textOf(one), score: one.result.judge! })))
  const quotes = new Map(judged.map((one, place) => [one, told.quotes[place]]))
  return {
    told,
    ranked: ranked.map((one) => {
      const own = quotes.get(one)
      return own ? { ...one, result: { ...one.result, quotes: own } } : one
    }),
  }
}
