/** The value that `share` (0–1) of `values` stay at or below, by the nearest rank; NaN when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((first, second) => first - second)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** The middle value; the mean of the two middle ones when there are two; NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((first, second) => first - second)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median and range of some measurements. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** Median, least and most of `values`. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/** How one contender's measurements compare with another's from the same rounds. */
interface Comparison {
  /** Median over rounds of `first / second`: noise that a round's runs share cancels out. */
  readonly median: number
  /** Least of the first by least of the second: what is left when nothing else wanted the machine. */
  readonly least: number
}

/** Compares measurements of which less is better, round by round. */
export function compare(first: readonly number[], second: readonly number[]): Comparison {
  return {
    median: median(first.map((value, round) => value / second[round]!)),
    least: Math.min(...first) / Math.min(...second),
  }
}
