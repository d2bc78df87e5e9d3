import { bootstrap, bootstrapMean, type Interval } from './bootstrap.ts'
import type { Random } from './random.ts'

const LEVEL = 0.95

/** The same draws again for every measure, so that differences of two models are those of the same queries. */
export interface Resamples {
  /** The mean of values with its 95 % interval; of those alone that `among` has, where it is given. */
  mean(values: ArrayLike<number>, among?: ArrayLike<boolean>): Interval
  /** The same with each label counting once: the mean over labels of the means of their values. */
  macro(values: ArrayLike<number>, targets: ArrayLike<number>): Interval
}

/**
 * Draws queries again with all that belongs to them (percentile bootstrap; Efron, 1979): pairs of one query are no
 * independent evidence.
 *
 * @param keys the query of each value
 */
export function drawResamples(
  keys: readonly string[],
  samples: number,
  random: Pick<Random, 'below'>,
): Resamples {
  const places = new Map<string, number>()
  const owner = Int32Array.from(keys, (key) => {
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, places.size)
    return places.size - 1
  })
  const draws = Array.from({ length: samples }, () => {
    const counts = new Uint16Array(places.size)
    for (let draw = 0; draw < counts.length; draw++) counts[random.below(counts.length)]! += 1
    return counts
  })
  const once = new Uint16Array(places.size).fill(1)
  const interval = (score: (counts: Uint16Array) => number): Interval => {
    let next = 0
    return { mean: score(once), ...bootstrap(() => score(draws[next++]!), samples, LEVEL) }
  }
  return {
    mean: (values, among) =>
      interval((counts) => {
        let [sum, total] = [0, 0]
        for (let at = 0; at < owner.length; at++) {
          if (among && !among[at]) continue
          const count = counts[owner[at]!]!
          sum += count * values[at]!
          total += count
        }
        // A draw without any of them says that nothing changes.
        return total === 0 ? 0 : sum / total
      }),
    macro: (values, targets) => macroInterval(values, targets, samples, random),
  }
}

/** Labels are drawn, not queries: a draw of queries leaves out a third of the labels that have one, and so is no macro. */
function macroInterval(
  values: ArrayLike<number>,
  targets: ArrayLike<number>,
  samples: number,
  random: Pick<Random, 'below'>,
): Interval {
  const { places, count } = compact(targets)
  const [sums, totals] = [new Float64Array(count), new Float64Array(count)]
  for (let at = 0; at < places.length; at++) {
    sums[places[at]!]! += values[at]!
    totals[places[at]!]! += 1
  }
  const means = sums.map((sum, label) => sum / totals[label]!)
  return bootstrapMean(means, Array.from(means.keys()), random, { samples, level: LEVEL })
}

function compact(targets: ArrayLike<number>): { readonly places: Int32Array; readonly count: number } {
  const known = new Map<number, number>()
  const places = Int32Array.from(targets, (target) => {
    const place = known.get(target) ?? known.size
    known.set(target, place)
    return place
  })
  return { places, count: known.size }
}
