import type { LearningPair } from './pairs.ts'

/** Places of pairs: those that are fitted, and those that say what came of it. */
export interface Split {
  readonly fit: Int32Array
  readonly validation: Int32Array
  readonly by: 'time' | 'query'
}

/** A fifth of the queries validates. */
const VALIDATION_SHARE = 0.2

/** Two texts that differ in case, width, white space or punctuation at the ends are one query. */
export function normalizeQuery(query: string): string {
  return query
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[\s\p{P}]+|[\s\p{P}]+$/gu, '')
}

/**
 * Parts pairs so that no query is on both sides: the latest fifth validates where every pair has a time, as the model will
 * meet what comes after; else a fifth of the queries, drawn.
 *
 * @param below whole numbers in [0, bound), the same again for the same seed
 */
export function splitPairs(pairs: readonly LearningPair[], below: (bound: number) => number): Split {
  const queries = new Map<string, number[]>()
  pairs.forEach(({ query }, place) => {
    const key = normalizeQuery(query)
    const places = queries.get(key)
    if (places) places.push(place)
    else queries.set(key, [place])
  })
  const groups = [...queries.values()]
  const isTimed = pairs.every(({ time }) => time !== undefined)
  const lastOf = (places: readonly number[]) => Math.max(...places.map((place) => pairs[place]!.time!))
  if (isTimed) groups.sort((one, other) => lastOf(one) - lastOf(other))
  else shuffle(groups, below)
  const cut = Math.round(groups.length * (1 - VALIDATION_SHARE))
  return {
    fit: Int32Array.from(groups.slice(0, cut).flat()),
    validation: Int32Array.from(groups.slice(cut).flat()),
    by: isTimed ? 'time' : 'query',
  }
}

/** Fisher and Yates. */
export function shuffle<T>(list: T[] | Int32Array, below: (bound: number) => number): void {
  for (let last = list.length - 1; last > 0; last--) {
    const other = below(last + 1)
    ;[list[last], list[other]] = [list[other]!, list[last]!]
  }
}
