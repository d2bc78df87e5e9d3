/**
 * Places, from 1, of the relevant items in one ranking: an item's place is one more than the number of items
 * scored higher; items of equal score stand in their given order. Ascending.
 */
export function relevantPlaces(scores: ArrayLike<number>, relevant: readonly number[]): number[] {
  return relevant.map((item) => placeOf(scores, item)).sort((a, b) => a - b)
}

function placeOf(scores: ArrayLike<number>, item: number): number {
  const own = scores[item]!
  let place = 1
  for (let other = 0; other < scores.length; other++) {
    if (scores[other]! > own || (scores[other] === own && other < item)) place += 1
  }
  return place
}

/** 1 / place of the first relevant item, 0 when there is none. The mean over queries is the MRR. */
export function reciprocalRank(places: readonly number[]): number {
  return places.length === 0 ? 0 : 1 / places[0]!
}

/** Share of the relevant items among the first `count` places, 0 when nothing is relevant. */
export function recallAt(places: readonly number[], count: number): number {
  if (places.length === 0) return 0
  return places.filter((place) => place <= count).length / places.length
}

/** Mean of the precision at each relevant place, 0 when nothing is relevant. The mean over queries is the MAP. */
export function averagePrecision(places: readonly number[]): number {
  if (places.length === 0) return 0
  return places.reduce((sum, place, index) => sum + (index + 1) / place, 0) / places.length
}

/** Share of the first `count` places that relevant items have, as trec_eval's P: a place that nothing fills counts. */
export function precisionAt(places: readonly number[], count: number): number {
  return places.filter((place) => place <= count).length / count
}

/**
 * Items in the order of trec_eval, so that measures are those that it gives for the same scores: by score in single
 * precision, the highest first, and equal scores by id, the greatest first.
 */
export function trecOrder(scores: ArrayLike<number>, ids: readonly string[]): number[] {
  const singles = Float32Array.from(scores)
  return Array.from(singles, (_, item) => item).sort(
    (first, second) => singles[second]! - singles[first]! || (ids[second]! < ids[first]! ? -1 : 1),
  )
}

/**
 * Normalized discounted cumulative gain of the first `count` places (Järvelin and Kekäläinen, 2002), as trec_eval's
 * ndcg_cut: the grade is the gain, the logarithm to base 2 of place + 1 the discount. 0 when nothing is relevant.
 *
 * @param rankedGrades the grade of every item, 0 for an irrelevant one, in ranked order
 */
export function normalizedGainAt(rankedGrades: ArrayLike<number>, count: number): number {
  const ideal = gainOf(Float64Array.from(rankedGrades).sort().reverse(), count)
  return ideal === 0 ? 0 : gainOf(rankedGrades, count) / ideal
}

function gainOf(grades: ArrayLike<number>, count: number): number {
  let gain = 0
  for (let index = 0; index < Math.min(count, grades.length); index++) {
    gain += grades[index]! / Math.log2(index + 2)
  }
  return gain
}

/**
 * Chance that of two items of different grades the better one has the higher score; equal scores count half. With two
 * grades this is the area under the ROC curve. Undefined when all grades are equal.
 */
export function pairwiseAccuracy(scores: ArrayLike<number>, grades: ArrayLike<number>): number | undefined {
  let [pairs, right] = [0, 0]
  for (let better = 0; better < grades.length; better++) {
    // Most items have the lowest grade and are better than none.
    if (grades[better] === 0) continue
    for (let worse = 0; worse < grades.length; worse++) {
      if (grades[worse]! >= grades[better]!) continue
      pairs += 1
      const difference = scores[better]! - scores[worse]!
      right += difference > 0 ? 1 : difference === 0 ? 0.5 : 0
    }
  }
  return pairs === 0 ? undefined : right / pairs
}
