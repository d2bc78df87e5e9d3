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
