import type { LearningPair } from './pairs.ts'
import { type Random, shuffle } from './random.ts'

/** Places of pairs: those that are fitted, and those that say what came of it. */
export interface Split {
  readonly fit: Int32Array
  readonly validation: Int32Array
  readonly by: 'time' | 'query'
}

/** A fifth of the queries validates; of 200 to 250, as many as a decision asks for. */
const VALIDATION_SHARE = 0.2
const LEAST_QUERIES = 200
const LEAST_VALIDATION = 50

/** What a query may begin and end with: "C#" is no "C" with a mark, but "C." is. */
const BEARS_MEANING = /[\p{L}\p{N}\p{M}\p{S}#%&@*]/u

/** Two texts that differ in case, width, white space or punctuation at the ends are one query. */
export function normalizeQuery(query: string): string {
  const characters = Array.from(query.normalize('NFKC').toLowerCase().trim().replaceAll(/\s+/g, ' '))
  const first = characters.findIndex((character) => BEARS_MEANING.test(character))
  if (first < 0) return characters.join('')
  const last = characters.findLastIndex((character) => BEARS_MEANING.test(character))
  return characters.slice(first, last + 1).join('')
}

/**
 * Parts pairs so that no query is on both sides: the latest fifth validates where every pair has a time, as the model will
 * meet what comes after; else a fifth of the queries, drawn.
 *
 * @param random where the draw comes from: the same for the same seed
 */
export function splitPairs(pairs: readonly LearningPair[], random: Pick<Random, 'below'>): Split {
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
  else shuffle(groups, random)
  const least = groups.length < LEAST_QUERIES ? 0 : LEAST_VALIDATION
  const cut = Math.min(Math.round(groups.length * (1 - VALIDATION_SHARE)), groups.length - least)
  return {
    fit: Int32Array.from(groups.slice(0, cut).flat()),
    validation: Int32Array.from(groups.slice(cut).flat()),
    by: isTimed ? 'time' : 'query',
  }
}
