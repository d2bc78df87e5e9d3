import type { Calibration } from '../../ranking/calibration.ts'
import { languageOf, type TextLanguage } from '../../ranking/language.ts'
import type { Turns } from '../../turns.ts'
import { joinTexts, type MatchDocument, textsOf } from './document.ts'
import type { PairLanguages } from './outcome.ts'
import type { MatchPlan } from './plan.ts'

/** Tells the languages of a query and of its candidates, each document's once. */
type TellLanguages = (query: MatchDocument, candidates: readonly MatchDocument[]) => Promise<PairLanguages>

function goesByLanguages(calibration: Calibration | undefined): boolean {
  return calibration?.pairs !== undefined || calibration?.titles !== undefined
}

/** Of no document: no model of the plan has chances by language. */
const NONE: PairLanguages = { query: undefined, candidates: [] }

/**
 * Tells languages for a plan, by the texts that are embedded; nothing is looked at unless a model's calibration goes by
 * languages, or says on how many titles of them it was measured. A vector without text has no language.
 */
export function createLanguages({ models }: Pick<MatchPlan, 'models'>, turns: Turns): TellLanguages {
  if (!models.some(({ manifest }) => goesByLanguages(manifest.calibration))) return async () => NONE
  const known = new WeakMap<MatchDocument, { readonly language: TextLanguage | undefined }>()
  const tell = (document: MatchDocument): TextLanguage | undefined => {
    const found = known.get(document) ?? { language: languageOf(joinTexts(textsOf(document))) }
    known.set(document, found)
    return found.language
  }
  return async (query, candidates) => {
    const languages: (TextLanguage | undefined)[] = []
    for (const candidate of candidates) {
      languages.push(tell(candidate))
      await turns.rest()
    }
    return { query: tell(query), candidates: languages }
  }
}
