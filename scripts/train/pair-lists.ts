import type { TokenIds } from '../../src/learning/bags.ts'
import { type Random, shuffle } from '../../src/learning/random.ts'
import type { PairTask, TextPair } from './contrastive.ts'
import type { Occupation } from './data.ts'

/** The table's rows of a text. */
export type Ids = (text: string) => TokenIds

/** Each title of an occupation beside another one, the name included. */
export function titlePairs(occupations: readonly Occupation[], random: Random, ids: Ids): TextPair[] {
  return occupations.flatMap(({ name, titles }, group) => {
    const all = titles.includes(name) ? titles : [name, ...titles]
    if (all.length < 2) return []
    return all.map((title) => ({ left: ids(title), right: ids(pick(all, random)), group }))
  })
}

/** Each description or task of an occupation beside one of its titles. */
export function textPairs(occupations: readonly Occupation[], random: Random, ids: Ids): TextPair[] {
  return occupations.flatMap(({ name, titles, texts }, group) =>
    texts.map((text) => ({ left: ids(text), right: ids(pick([name, ...titles], random)), group })),
  )
}

/** One of the items. */
export function pick<T>(items: readonly T[], random: Random): T {
  return items[random.below(items.length)]!
}

const PAIR_BATCH = 256

/** A task of pairs: of those that `list` draws, `share` come up in an epoch, 1.5 being all once and half of them again. */
export function pairTask(
  name: string,
  list: (random: Random) => TextPair[],
  { share = 1, batchSize = PAIR_BATCH }: { readonly share?: number; readonly batchSize?: number } = {},
): PairTask {
  return {
    kind: 'pairs',
    name,
    batchSize,
    sample(random) {
      const pairs = list(random)
      const drawn: TextPair[] = []
      for (let left = share; left > 0; left--) {
        const all = shuffle([...pairs], random)
        drawn.push(...all.slice(0, Math.floor(all.length * Math.min(1, left))))
      }
      return drawn
    },
  }
}
