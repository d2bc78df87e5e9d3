import { type Band, bandOf, calibrateTexts } from '../../ranking/calibration.ts'
import { fuseReciprocalRanks, fuseWeighted, orderOf } from '../../ranking/fusion.ts'
import type { TextLanguage } from '../../ranking/language.ts'
import type { MatchPlan } from './plan.ts'

/** How one model compared one query with the candidates, of which each array has one score. */
export interface QueryScores {
  readonly scores: Float64Array
  /** By section; empty for rows of a collection, which holds whole documents. */
  readonly sections: readonly Float64Array[]
}

/** One candidate's scores after recall and fusion. */
export interface ScoredCandidate {
  /** Index in the plan's candidates. */
  readonly candidate: number
  readonly score: number
  /** Raw cosine by model id. */
  readonly models: Readonly<Record<string, number>>
  /** By section, the weighted mean over the models; absent without weights, null where a side lacks the section. */
  readonly sections?: Readonly<Record<string, number | null>>
  /** When every model has a calibration and scores are not mere places. */
  readonly chance?: number
  readonly band?: Band
}

/** The languages of a query and of its candidates; undefined for one that has no letters, or vectors alone. */
export interface PairLanguages {
  readonly query: TextLanguage | undefined
  readonly candidates: readonly (TextLanguage | undefined)[]
}

/** Whether fused scores are chances: each model's score was calibrated first. */
export function isCalibrated({ models, fusion }: MatchPlan): boolean {
  return fusion === 'weighted' && models.every(({ manifest }) => manifest.calibration)
}

/**
 * Fuses the models' scores for one query and orders the candidates, best first; ties stand in given order. No more
 * are told of than the later stages need.
 *
 * @param languages of the query and of each candidate: a chance goes by them
 */
export function rank(
  plan: MatchPlan,
  recalled: readonly QueryScores[],
  languages: PairLanguages,
): ScoredCandidate[] {
  const raw = recalled.map(({ scores }) => scores)
  const weights = plan.models.map(({ weight }) => weight)
  const chances = isCalibrated(plan)
    ? fuseWeighted(
        raw.map((scores, model) =>
          calibrateTexts(
            scores,
            plan.models[model]!.manifest.calibration!,
            languages.query,
            languages.candidates,
          ),
        ),
        weights,
      )
    : undefined
  const scores = raw.length === 1 ? raw[0]! : (chances ?? fuse(plan, raw, weights))
  const order = orderOf(scores).filter((candidate) => scores[candidate]! >= plan.threshold)
  return order.slice(0, Math.max(plan.topK, plan.rerank?.top ?? 0, plan.judge?.top ?? 0)).map((candidate) => {
    const chance = chances?.[candidate]
    return {
      candidate,
      score: scores[candidate]!,
      models: Object.fromEntries(
        plan.models.map(({ manifest }, model) => [manifest.id, raw[model]![candidate]!]),
      ),
      ...(plan.sections[0]!.name !== undefined && {
        sections: sectionScores(plan, recalled, candidate, weights),
      }),
      ...(chance !== undefined && { chance, band: bandOf(chance) }),
    }
  })
}

function fuse({ fusion }: MatchPlan, raw: readonly Float64Array[], weights: readonly number[]): Float64Array {
  return fusion === 'rrf' ? fuseReciprocalRanks(raw, weights) : fuseWeighted(raw, weights)
}

function sectionScores(
  plan: MatchPlan,
  recalled: readonly QueryScores[],
  candidate: number,
  weights: readonly number[],
): Record<string, number | null> {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const entries = plan.sections.map(({ name }, section) => {
    const score = recalled.reduce(
      (sum, { sections }, model) => sum + (weights[model]! / total) * sections[section]![candidate]!,
      0,
    )
    return [name!, Number.isNaN(score) ? null : score] as const
  })
  return Object.fromEntries([...entries, ...plan.absent.map((name) => [name, null] as const)])
}
