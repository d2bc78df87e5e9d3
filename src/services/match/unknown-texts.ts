import { unknownWarnings } from '../unknown.ts'
import { joinTexts, type MatchDocument, textsOf } from './document.ts'
import type { MatchPlan } from './plan.ts'

/** Remembers the texts of a match of which a model knows no token. */
export interface UnknownTexts {
  /** @param unknown 1 for each of the texts that is unknown to the model */
  add(model: string, texts: readonly string[], unknown: Uint8Array): void
  /** How many there are, by all models together. */
  count(): number
  /** A sentence a model that names queries and candidates with such a text, by their ids. */
  warnings(plan: Pick<MatchPlan, 'queries' | 'candidates' | 'sections'>): string[]
}

/** Collects them, over all calls of one match. */
export function createUnknownTexts(): UnknownTexts {
  const byModel = new Map<string, Set<string>>()
  return {
    add(model, texts, unknown) {
      if (!unknown.includes(1)) return
      const known = byModel.get(model) ?? new Set()
      texts.forEach((text, index) => {
        if (unknown[index]) known.add(text)
      })
      byModel.set(model, known)
    },
    count: () => new Set([...byModel.values()].flatMap((texts) => [...texts])).size,
    warnings: ({ queries, candidates, sections }) =>
      [...byModel].flatMap(([model, texts]) => {
        const isUnknown = (document: MatchDocument) =>
          !document.vector && sections.some(({ name }) => texts.has(joinTexts(textsOf(document, name))))
        const places = [
          ...queries.filter(isUnknown).map(({ id }) => `query ${nameOf(id)}`),
          ...candidates.filter(isUnknown).map(({ id }) => `candidate ${nameOf(id)}`),
        ]
        return unknownWarnings(model, places)
      }),
  }
}

/** An id may be of any length. */
function nameOf(id: string): string {
  return JSON.stringify(id.length > 60 ? `${id.slice(0, 60)}…` : id)
}
