import type { Context } from '../../context.ts'
import type { JudgeService } from '../judge/judge.ts'
import { quoteNotesOf } from '../judge/notes.ts'
import type { Quotings } from '../judge/quote.ts'
import { applyJudge, applyQuotes, type JudgeMarks, mostJudged } from './apply-judge.ts'
import { joinTexts, type MatchDocument, textsOf } from './document.ts'
import { optional } from './optional.ts'
import type { MatchPlan } from './plan.ts'

/** A candidate with its result, as far as the judge is concerned. */
interface Ranked {
  readonly document: MatchDocument
  readonly result: JudgeMarks & { readonly id: string; readonly score: number; readonly rerank?: number }
}

/** The results of one query. */
interface Results<One extends Ranked> {
  readonly query: MatchDocument
  readonly ranked: readonly One[]
}

/**
 * The stages of the judge in one match: it orders the candidates of each query, and quotes those that are returned when
 * all queries are done, so that quotes cost no verdict its time. Where no judge was asked for, nothing changes.
 *
 * @param warnings gets what is to be said, once for all queries
 */
export function createJudgeStage(
  plan: MatchPlan,
  judge: JudgeService | undefined,
  context: Context,
  warnings: string[],
) {
  const began = Date.now()
  const asked = plan.judge
  const judging = asked && judge && { judge: judge.begin(asked, context), weight: judge.weight }
  const textOf = ({ document }: { readonly document: MatchDocument }) => joinTexts(textsOf(document))
  const say = (sentence: string) => {
    if (!warnings.includes(sentence)) warnings.push(sentence)
  }
  return {
    async order<One extends Ranked>(query: MatchDocument, ranked: readonly One[]): Promise<readonly One[]> {
      if (!judging) return ranked
      return optional('judge', warnings, ranked, async () => {
        const most = mostJudged(plan, ranked)
        const found = await applyJudge(most, textOf({ document: query }), ranked, textOf, judging)
        for (const { sentence } of found.notes) say(sentence)
        return found.ranked.map(
          ({ marks, ...one }) => ({ ...one, result: { ...one.result, ...marks } }) as One,
        )
      })
    },
    async quote<One extends Ranked>(matches: readonly Results<One>[]): Promise<readonly Results<One>[]> {
      if (!asked?.quotes || !judge) return matches
      const quoted: Results<One>[] = []
      const told: Quotings[] = []
      for (const { query, ranked } of matches) {
        const job = textOf({ document: query })
        const found = await optional('quotes', warnings, ranked, async () => {
          const applied = await applyQuotes(ranked, textOf, (resumes) =>
            judge.quote(asked, { job, resumes, began }, context),
          )
          told.push(applied.told)
          return applied.ranked
        })
        quoted.push({ query, ranked: found })
      }
      for (const { sentence } of quoteNotesOf(told)) say(sentence)
      return quoted
    },
  }
}
