/** What the judge said of one candidate. */
export interface JudgeScore {
  /** The probability of yes, 0 to 1. */
  readonly score: number
  /** Whether its text spoke to the judge: then it may fall, and never rises. */
  readonly flagged: boolean
}

/** Of the judge against the ranking before it, both in standard deviations. */
const DEFAULT_JUDGE_WEIGHT = 0.25
/** More is refused: at 0.5 a judge of pure noise cost 0.029 MRR in a measurement, at 1 it cost 0.103. */
const MOST_JUDGE_WEIGHT = 0.5

/** A judge is held to so many deviations, so that one sure answer does not outweigh everything. */
const MOST_DEVIATIONS = 2
/**
 * The least spread of log odds that counts as one deviation: a judge that says the same of everyone has none, and its
 * rounding must not be blown up to look like an opinion.
 */
const LEAST_SPREAD = 0.1
const LEAST_PROBABILITY = 1e-6

/**
 * The order of candidates after the judge: those judged are ordered anew among the places that they had, all others
 * stay where they were, and nobody is left out. A judge that says the same of everyone changes nothing, and a flagged
 * candidate never stands higher than it did.
 *
 * @param scores of the ranking before, one a candidate, in its order: never rising
 * @param judged one a candidate; `undefined`, or a score that is no number, for those that were not judged
 * @param weight 0 to {@link MOST_JUDGE_WEIGHT}; above it counts as that
 * @returns places in `scores`, best first
 */
export function blendJudge(
  scores: ArrayLike<number>,
  judged: readonly (JudgeScore | undefined)[],
  weight: number = DEFAULT_JUDGE_WEIGHT,
): number[] {
  const places = judged.flatMap((score, place) => (score && Number.isFinite(score.score) ? [place] : []))
  const before = deviationsOf(
    places.map((place) => scores[place]!),
    0,
  )
  const opinions = opinionsOf(places.map((place) => judged[place]!))
  const share = Math.min(MOST_JUDGE_WEIGHT, Math.max(0, weight))
  const blended = before.map((value, index) => value + share * opinions[index]!)
  const reordered = places
    .map((place, index) => ({ place, index }))
    .sort((one, other) => blended[other.index]! - blended[one.index]! || one.index - other.index)
  const order = Array.from({ length: scores.length }, (_, place) => place)
  places.forEach((place, index) => {
    order[place] = reordered[index]!.place
  })
  return order
}

/** In bounded deviations; a flagged one's is no better than that of anyone before it, so that it passes nobody. */
function opinionsOf(judged: readonly JudgeScore[]): number[] {
  const deviations = deviationsOf(
    judged.map(({ score }) => logOdds(score)),
    LEAST_SPREAD,
  )
  let worst = Number.POSITIVE_INFINITY
  return deviations.map((deviation, index) => {
    const bounded = Math.min(MOST_DEVIATIONS, Math.max(-MOST_DEVIATIONS, deviation))
    const opinion = judged[index]!.flagged ? Math.min(bounded, worst) : bounded
    worst = Math.min(worst, opinion)
    return opinion
  })
}

function logOdds(score: number): number {
  const probability = Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, score))
  return Math.log(probability / (1 - probability))
}

/** Differences from the mean in standard deviations of at least `least`; zeros where all are equal. */
function deviationsOf(values: readonly number[], least: number): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  const unit = Math.max(spread, least)
  return values.map((value) => (unit > 0 ? (value - mean) / unit : 0))
}
