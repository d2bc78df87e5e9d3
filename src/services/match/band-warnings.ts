import { languagePair } from '../../ranking/language.ts'
import type { PairLanguages, ScoredCandidate } from './outcome.ts'
import type { MatchPlan } from './plan.ts'

/** Remembers in which languages candidates were given chances. */
interface BandWarnings {
  /** @param ranked what is answered; candidates without a chance do not count */
  add(languages: PairLanguages, ranked: readonly Pick<ScoredCandidate, 'candidate' | 'chance'>[]): void
  /** A sentence for each model and pair of languages whose chances go by the curve of all languages. */
  warnings(): string[]
}

/**
 * Says which chances, and with them bands, go by a model's general curve because it was measured on too few texts of those
 * languages. Models that do not say how many they were measured on have nothing to tell.
 */
export function createBandWarnings({ models }: Pick<MatchPlan, 'models'>): BandWarnings {
  const counted = models.flatMap(({ manifest: { id, calibration } }) =>
    calibration?.titles ? [{ id, pairs: calibration.pairs ?? {}, titles: calibration.titles }] : [],
  )
  const met = new Set<string>()
  return {
    add({ query, candidates }, ranked) {
      if (counted.length === 0) return
      for (const { candidate, chance } of ranked) {
        const pair = languagePair(query, candidates[candidate])
        if (pair !== undefined && chance !== undefined) met.add(pair)
      }
    },
    warnings: () =>
      counted.flatMap(({ id, pairs, titles }) =>
        [...met].sort().flatMap((pair) => {
          if (Object.hasOwn(pairs, pair)) return []
          const count = Object.hasOwn(titles, pair) ? titles[pair]! : 0
          return [
            `The chances and bands of ${pair} go by the curve of all languages of model ${id}: it was measured on ${count} titles of ${pair}, which is too few for one of their own.`,
          ]
        }),
      ),
  }
}
