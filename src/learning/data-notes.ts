import type { Catalogue, PlacedPair } from './catalogue.ts'
import { normalizeQuery } from './split.ts'

/** A pair of this many times the middle weight says more than the others together may. */
const HEAVY = 100

/**
 * What is strange in pairs and labels and is learned from all the same, a sentence each: weights that drown the others,
 * labels of equal texts, answers called right and wrong. Numbers alone, no text of the data.
 */
export function describeData({ labels, pairs }: Pick<Catalogue, 'labels' | 'pairs'>): string[] {
  return [...heavyPairs(pairs), ...equalLabels(labels), ...conflicts(pairs)]
}

function heavyPairs(pairs: readonly PlacedPair[]): string[] {
  const weights = pairs.map(({ weight }) => weight).sort((one, other) => one - other)
  const middle = weights[Math.floor((weights.length - 1) / 2)] ?? 0
  const heavy = weights.filter((weight) => weight > HEAVY * middle)
  if (heavy.length === 0) return []
  const sum = (list: readonly number[]) => list.reduce((total, weight) => total + weight, 0)
  const share = Math.floor((1000 * sum(heavy)) / sum(weights)) / 10
  return [
    `${heavy.length} of ${weights.length} pairs weigh more than ${HEAVY} times the middle weight of ${middle} (up to ${heavy.at(-1)}): they are ${share} % of all that is learned from; correct "weight" if this is not meant.`,
  ]
}

function equalLabels(labels: readonly string[]): string[] {
  const distinct = new Set(labels.map(normalizeQuery)).size
  const equal = labels.length - distinct
  if (equal === 0) return []
  return [
    `${equal} of ${labels.length} labels have the text of another one, and are found or missed by chance; make one of them, or tell them apart in their texts.`,
  ]
}

function conflicts(pairs: readonly PlacedPair[]): string[] {
  const right = new Set(pairs.map(({ key, target }) => `${target} ${key}`))
  const conflicting = pairs.filter(({ key, rejected }) =>
    rejected.some((place) => right.has(`${place} ${key}`)),
  )
  if (conflicting.length === 0) return []
  return [
    `${conflicting.length} pairs call an answer wrong (negatives) that a pair of the same query calls right; look through them.`,
  ]
}
