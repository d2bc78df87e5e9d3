import type { Matrix } from '../vector/matrix.ts'
import type { Interval } from './bootstrap.ts'
import type { Products } from './products.ts'
import { type Random, shuffle } from './random.ts'
import { placesOf, reciprocals, withinTen } from './ranking-scores.ts'
import type { ReportLine } from './report.ts'
import type { Resamples } from './resamples.ts'

/** Queries that were not learned from, with what they look for. */
export interface Validation {
  readonly targets: Int32Array
  readonly siblings: readonly Int32Array[]
  /** Of each pair, whether no pair with its label was learned from. */
  readonly isNew: readonly boolean[]
  readonly resamples: Resamples
}

/** Vectors of a model as it is. */
interface ValidationVectors {
  readonly queries: Matrix
  readonly labels: Matrix
}

/** A line of the report from the places of the own labels. */
export function lineOf(places: Float64Array, { targets, isNew, resamples }: Validation): ReportLine {
  const [mrr, recall10] = [reciprocals(places), withinTen(places)]
  const both = (take: (values: Float64Array) => Interval) => ({ mrr: take(mrr), recall10: take(recall10) })
  return {
    micro: both((values) => resamples.mean(values)),
    macro: both((values) => resamples.macro(values, targets)),
    ...(isNew.includes(true) && { withoutPairs: both((values) => resamples.mean(values, isNew)) }),
  }
}

/** Differences in MRR of two models on the same queries. */
export function gainsOf(
  base: Float64Array,
  other: Float64Array,
  { targets, isNew, resamples }: Validation,
): {
  readonly micro: Interval
  readonly macro: Interval
  readonly withoutPairs?: Interval
  readonly recall10: Interval
} {
  const minus = (one: Float64Array, two: Float64Array) => one.map((value, place) => value - two[place]!)
  const changes = minus(reciprocals(other), reciprocals(base))
  return {
    micro: resamples.mean(changes),
    macro: resamples.macro(changes, targets),
    ...(isNew.includes(true) && { withoutPairs: resamples.mean(changes, isNew) }),
    recall10: resamples.mean(minus(withinTen(other), withinTen(base))),
  }
}

/** What a label's logarithm of pairs is multiplied by, of which the best counts for popularity. */
const PARTS = [0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12]

/**
 * The places that the base gives where the labels' frequencies are added to its cosines, with the part that is best on
 * these very queries: the most that popularity alone can reach.
 *
 * @param counts pairs that were learned from, by label
 */
export async function popularPlaces(
  { queries, labels }: ValidationVectors,
  validation: Validation,
  counts: Float64Array,
  products: Products,
): Promise<Float64Array> {
  let best: { readonly places: Float64Array; readonly score: number } | undefined
  for (const part of PARTS) {
    const priors = counts.map((count) => part * Math.log1p(count))
    const places = await placesOf(queries, labels, validation, products, priors)
    const score = reciprocals(places).reduce((sum, value) => sum + value, 0)
    if (!best || score > best.score) best = { places, score }
  }
  return best!.places
}

/** The places of labels that are dealt out anew: what the base would find by chance. */
export async function permutedPlaces(
  { queries, labels }: ValidationVectors,
  { targets }: Validation,
  products: Products,
  random: Random,
): Promise<Float64Array> {
  return placesOf(queries, labels, { targets: shuffle(targets.slice(), random) }, products)
}
