/** A mean with the interval that it lies in. */
export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** Where chance comes from: whole numbers in [0, `bound`), the same again for the same seed. */
interface Draws {
  below(bound: number): number
}

/** How to draw samples again. */
interface BootstrapOptions {
  /** Samples drawn, 1,000 when absent. */
  readonly samples?: number
  /** Share of the samples' means within the interval, 0.95 when absent. */
  readonly level?: number
}

/**
 * The mean of values with its percentile bootstrap interval (Efron, 1979). Groups are drawn as wholes, for values of
 * one group, such as queries about one job, are no independent evidence.
 *
 * @param values at least one
 * @param groups the group of each value
 */
export function bootstrapMean(
  values: ArrayLike<number>,
  groups: ArrayLike<string | number>,
  draws: Draws,
  { samples = 1000, level = 0.95 }: BootstrapOptions = {},
): Interval {
  const { sums, counts } = sumGroups(values, groups)
  const drawMean = () => {
    let [sum, count] = [0, 0]
    for (let draw = 0; draw < sums.length; draw++) {
      const group = draws.below(sums.length)
      sum += sums[group]!
      count += counts[group]!
    }
    return sum / count
  }
  const total = sums.reduce((sum, value) => sum + value, 0)
  return { mean: total / values.length, ...bootstrap(drawMean, samples, level) }
}

/** The interval that holds `level` of the scores of `samples` draws: the percentile bootstrap (Efron, 1979). */
export function bootstrap(draw: () => number, samples: number, level: number): { low: number; high: number } {
  const scores = Float64Array.from({ length: samples }, draw).sort()
  const tail = (1 - level) / 2
  return { low: quantile(scores, tail), high: quantile(scores, 1 - tail) }
}

function sumGroups(values: ArrayLike<number>, groups: ArrayLike<string | number>) {
  const rows = new Map<string | number, number>()
  const [sums, counts]: [number[], number[]] = [[], []]
  for (let index = 0; index < values.length; index++) {
    let row = rows.get(groups[index]!)
    if (row === undefined) {
      row = rows.size
      rows.set(groups[index]!, row)
      sums.push(0)
      counts.push(0)
    }
    sums[row]! += values[index]!
    counts[row]! += 1
  }
  return { sums, counts }
}

/** Between the two values that the share falls between, in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!)
}
