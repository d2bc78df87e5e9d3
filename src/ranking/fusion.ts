/** How the scores of several models become one. */
export type Fusion = 'rrf' | 'weighted'

/** The constant of reciprocal rank fusion in Cormack, Clarke and Büttcher (2009). */
const RRF_CONSTANT = 60

/**
 * Weighted mean of one score list per model, item by item. Each item's score depends on its own scores alone, so
 * removing an item never reorders the rest. Weights are at least 0 and sum to more than 0.
 */
export function fuseWeighted(scores: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const fused = new Float64Array(scores[0]!.length)
  scores.forEach((list, model) => {
    const share = weights[model]! / total
    for (let item = 0; item < fused.length; item++) fused[item]! += share * list[item]!
  })
  return fused
}

/**
 * Weighted reciprocal rank fusion: only places count, so scores need no common scale. 1 for an item that every
 * model puts first. Equal scores stand in their given order.
 */
export function fuseReciprocalRanks(
  scores: readonly Float64Array[],
  weights: readonly number[],
): Float64Array {
  const reciprocals = scores.map((list) => {
    const values = new Float64Array(list.length)
    orderOf(list).forEach((item, place) => {
      values[item] = (RRF_CONSTANT + 1) / (RRF_CONSTANT + 1 + place)
    })
    return values
  })
  return fuseWeighted(reciprocals, weights)
}

/** Items from the highest score to the lowest; equal scores stand in their given order. */
export function orderOf(scores: ArrayLike<number>): number[] {
  return Array.from({ length: scores.length }, (_, item) => item).sort(
    (first, second) => scores[second]! - scores[first]! || first - second,
  )
}
