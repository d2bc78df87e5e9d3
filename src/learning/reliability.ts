/** Pairs whose predicted chance falls in one interval. */
interface ReliabilityBin {
  /** Least chance of the bin; it ends where the next begins. */
  readonly from: number
  readonly count: number
  /** Mean predicted chance. */
  readonly chance: number
  /** Share of the pairs that fit indeed. */
  readonly share: number
}

/** How far predicted chances can be taken at their word. */
export interface Reliability {
  /** Bins that have pairs, ascending. */
  readonly bins: readonly ReliabilityBin[]
  /** Expected calibration error (Naeini et al. 2015, Guo et al. 2017): the mean of |chance - share| over all pairs. */
  readonly expectedError: number
  /** Mean squared error of the chances (Brier, 1950). */
  readonly brier: number
}

/**
 * Compares chances with what came true, in `count` bins of equal width.
 *
 * @param chances 0 to 1, at least one
 * @param labels 1 for a pair that fits, 0 for one that does not
 */
export function reliabilityOf(
  chances: ArrayLike<number>,
  labels: ArrayLike<number>,
  count = 10,
): Reliability {
  const [counts, chanceSums, labelSums] = [0, 1, 2].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  let squares = 0
  for (let index = 0; index < chances.length; index++) {
    const [chance, label] = [chances[index]!, labels[index]!]
    const bin = Math.min(count - 1, Math.floor(chance * count))
    counts[bin]! += 1
    chanceSums[bin]! += chance
    labelSums[bin]! += label
    squares += (chance - label) ** 2
  }
  const bins = Array.from(counts, (size, bin) => ({
    from: bin / count,
    count: size,
    chance: chanceSums[bin]! / size,
    share: labelSums[bin]! / size,
  })).filter((bin) => bin.count > 0)
  const expectedError = bins.reduce(
    (sum, { count: size, chance, share }) => sum + (size / chances.length) * Math.abs(chance - share),
    0,
  )
  return { bins, expectedError, brier: squares / chances.length }
}
