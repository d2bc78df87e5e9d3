import { languageOf } from '../ranking/language.ts'
import type { Catalogue } from './catalogue.ts'
import { type FairnessReport, type GroupedPlaces, reportFairness } from './fairness.ts'
import { type LabelledRows, pickPairs } from './labelled-rows.ts'
import type { Products } from './products.ts'
import { createRandom } from './random.ts'
import { placesOf, type Sought } from './ranking-scores.ts'
import type { Split } from './split.ts'
import type { Student } from './student.ts'
import { nameQueries } from './swapped-names.ts'
import type { TextLists } from './trainable.ts'

/** What a model is measured with after learning. */
export interface HeldBack {
  readonly catalogue: Catalogue
  readonly split: Split
  readonly rows: LabelledRows
  readonly products: Products
}

/** Held back queries under names of six groups of people. */
interface NamedRows {
  /** Places of the texts in the student's list. */
  readonly queries: Int32Array
  readonly groups: readonly string[]
  /** By text: the place of its pair. */
  readonly pairs: Int32Array
}

const SEED = 2026

/** Puts held back queries under names, and gives these texts their places; to be called before texts are embedded. */
export function readyNames({ pairs }: Catalogue, { validation }: Split, lists: TextLists): NamedRows {
  const { texts, groups, sources } = nameQueries(Array.from(validation, (place) => pairs[place]!.query))
  return { queries: lists.queries(texts), groups, pairs: sources.map((source) => validation[source]!) }
}

/**
 * How groups of people fare before and after learning: by the column `group`, by the language of the query, and by the names
 * put before it. A kind with fewer than two groups of 30 queries is left out.
 */
export async function measureFairness(
  { catalogue, split, rows, products }: HeldBack,
  [base, learned]: readonly [Student, Student],
  named: NamedRows,
): Promise<FairnessReport[]> {
  const everyLabel = Int32Array.from(catalogue.labels, (_, label) => label)
  const placesBy = async (student: Student, queries: Int32Array, sought: Sought) =>
    placesOf(await student.queries(queries), await student.labels(everyLabel), sought, products)
  const both = async (queries: Int32Array, sought: Sought) => ({
    before: await placesBy(base, queries, sought),
    after: await placesBy(learned, queries, sought),
  })
  const keys = new Map<string, number>()
  const sourcesOf = (places: Int32Array) =>
    places.map((place) => {
      const { key } = catalogue.pairs[place]!
      if (!keys.has(key)) keys.set(key, keys.size)
      return keys.get(key)!
    })
  const held = Array.from(split.validation, (place) => catalogue.pairs[place]!)
  const own = pickPairs(rows, split.validation)
  const plain = { sources: sourcesOf(split.validation), ...(await both(own.queries, own)) }
  const underNames = await both(named.queries, pickPairs(rows, named.pairs))
  const kinds: readonly GroupedPlaces[] = [
    { kind: 'group', groups: held.map(({ group }) => group), ...plain },
    { kind: 'language', groups: held.map(({ query }) => languageOf(query)), ...plain },
    { kind: 'name', groups: named.groups, sources: sourcesOf(named.pairs), ...underNames },
  ]
  return kinds.flatMap((places) => reportFairness(places, createRandom(SEED).below) ?? [])
}
