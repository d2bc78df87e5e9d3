import { bootstrap } from '../../../src/learning/bootstrap.ts'
import { createRandom } from '../../../src/learning/random.ts'

/** What a task measured of each of its items, so that a score can be taken of items drawn again too. */
export interface Sample {
  readonly items: number
  /** The score of the items at these places, each as often as it is named. */
  score(places: Int32Array): number
  /** How many items succeeded, where each of them either does or does not. */
  readonly successes?: number
}

/** A score with its 95 % interval. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** The 0.975 quantile of the normal distribution. */
const NORMAL = 1.959964
const RESAMPLES = 1000
const SEED = 1

/** A sample whose score is the mean of its values. */
export function meanSample(values: Float64Array): Sample {
  const isShare = values.every((value) => value === 0 || value === 1)
  return {
    items: values.length,
    score: (places) => places.reduce((sum, place) => sum + values[place]!, 0) / places.length,
    ...(isShare && { successes: values.reduce((sum, value) => sum + value, 0) }),
  }
}

/** The score of all items, each once. */
export function scoreOf(sample: Sample): number {
  return sample.score(Int32Array.from({ length: sample.items }, (_, place) => place))
}

/**
 * The score with its 95 % interval: Wilson's (1927) for a share, which is right at 46 of 46 too, else the percentile
 * bootstrap (Efron, 1979) over items, {@link RESAMPLES} draws of the same seed.
 */
export function estimate(sample: Sample): Estimate {
  const { items, successes } = sample
  const value = scoreOf(sample)
  if (successes !== undefined) return { value, ...wilson(successes, items) }
  const random = createRandom(SEED)
  const places = new Int32Array(items)
  const draw = () => {
    for (let place = 0; place < items; place++) places[place] = random.below(items)
    return sample.score(places)
  }
  return { value, ...bootstrap(draw, RESAMPLES, 0.95) }
}

function wilson(successes: number, items: number): { low: number; high: number } {
  const square = NORMAL ** 2
  const centre = (successes + square / 2) / (items + square)
  const share = successes / items
  const half =
    (NORMAL * Math.sqrt((share * (1 - share)) / items + square / (4 * items ** 2))) / (1 + square / items)
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}
