import { distance } from 'fastest-levenshtein'

/** A longer name is none that somebody meant, and would take long to compare and to read. */
const LONGEST_NAME = 100
/** A name further than this share of its length from what was meant is no suggestion but a guess. */
const FARTHEST = 0.6
/** So much further than the nearest name is another word: `model` is meant by `modle`, `out` is not. */
const FURTHER = 0.2

/**
 * The names that a misspelled one most likely meant: at most `limit`, nearest first, ties in given order. Names
 * that contain it, or that it contains, count as near.
 */
export function nearestNames(misspelled: string, names: Iterable<string>, limit = 3): string[] {
  const wanted = misspelled.slice(0, LONGEST_NAME).toLowerCase()
  const near = Array.from(names)
    .filter((name) => name.length <= LONGEST_NAME)
    .map((name) => ({ name, cost: costOf(wanted, name.toLowerCase()) }))
    .filter(({ cost }) => cost <= FARTHEST)
    .sort((left, right) => left.cost - right.cost)
  const least = near[0]?.cost ?? 0
  return near
    .filter(({ cost }) => cost <= least + FURTHER)
    .slice(0, limit)
    .map(({ name }) => name)
}

function costOf(wanted: string, name: string): number {
  const share = distance(wanted, name) / Math.max(wanted.length, name.length, 1)
  const contains = wanted.length > 2 && (name.includes(wanted) || wanted.includes(name))
  return contains ? Math.min(share, FARTHEST) : share
}

/** A sentence's tail such as `; did you mean "a" or "b"?`, or nothing when no name is near. */
export function didYouMean(misspelled: string, names: Iterable<string>): string {
  const nearest = nearestNames(misspelled, names).map((name) => `"${name}"`)
  return nearest.length === 0 ? '' : `; did you mean ${nearest.join(' or ')}?`
}
