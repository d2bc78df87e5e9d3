import { AppError } from '../errors.ts'
import { rowOf } from '../vector/matrix.ts'
import { dot } from '../vector/similarity.ts'
import type { Interval } from './bootstrap.ts'
import { type Catalogue, type LearningLabel, placePairs, siblingsOf } from './catalogue.ts'
import type { LearningPair } from './pairs.ts'
import type { Products } from './products.ts'
import type { Random } from './random.ts'
import { placesOf, reciprocals } from './ranking-scores.ts'
import { drawResamples } from './resamples.ts'
import { normalizedGainAt } from './retrieval.ts'
import { spearman } from './spearman.ts'
import { normalizeQuery } from './split.ts'
import type { Student } from './student.ts'
import type { TextLists } from './trainable.ts'

/** What must not get worse. `pairs`: another file of pairs, such as titles of production; `ranking`: a set in the layout
 * of BEIR; `rated`: pairs of texts with a score of people. */
export type Guard =
  | { readonly kind: 'pairs'; readonly name: string; readonly pairs: readonly LearningPair[] }
  | {
      readonly kind: 'ranking'
      readonly name: string
      readonly queries: readonly string[]
      readonly documents: readonly string[]
      /** By query: the grade of documents by their place. */
      readonly grades: readonly ReadonlyMap<number, number>[]
    }
  | {
      readonly kind: 'rated'
      readonly name: string
      readonly rated: readonly { readonly left: string; readonly right: string; readonly score: number }[]
    }

/** A guard before and after. */
export interface GuardReport {
  readonly name: string
  readonly kind: Guard['kind']
  /**
   * `judge`: pairs in the same script; they are taken for what production asks, and have to gain as the queries that were
   * held back. `watch`: anything else, which must not lose.
   */
  readonly role: 'judge' | 'watch'
  readonly measure: 'MRR' | 'nDCG@10' | 'Spearman'
  /** Queries, or rated pairs. */
  readonly items: number
  /** Pairs whose query is among those that are learned from. */
  readonly leftOut?: number
  readonly base: number
  readonly learned: number
  readonly change: Interval
  /** Of pairs: the change with each label counting once, and that of queries whose label has no pair to learn from. */
  readonly macro?: Interval
  readonly withoutPairs?: Interval
}

/** A model before and after. */
interface GuardedStudents {
  readonly base: Student
  readonly learned: Student
  readonly products: Products
}

/** A guard whose texts have their places. */
interface ReadyGuard {
  /** @param learnedFrom labels of the catalogue that have pairs to learn from */
  measure(students: GuardedStudents, learnedFrom: ReadonlySet<number>, random: Random): Promise<GuardReport>
}

const SAMPLES = 1000
/** A rank correlation is sorted anew for each draw. */
const RATED_SAMPLES = 200

/**
 * Gives the texts of a guard their places.
 *
 * @param labels the catalogue, among which the guard's pairs look too; empty where there is none
 * @param learning what is learned from
 * @throws AppError `invalid_request` for a pair whose label the catalogue lacks
 */
export function readyGuard(
  guard: Guard,
  labels: readonly LearningLabel[],
  learning: Pick<Catalogue, 'pairs'>,
  lists: TextLists,
): ReadyGuard {
  if (guard.kind === 'rated') return readyRated(guard, lists)
  return guard.kind === 'pairs' ? readyPairs(guard, labels, learning, lists) : readyRanking(guard, lists)
}

/** Shares of queries in Chinese that differ by more are of different languages. */
const SAME_SCRIPT = 0.5

function hanShare(pairs: Catalogue['pairs']): number {
  return pairs.filter(({ query }) => /\p{Script=Han}/u.test(query)).length / pairs.length
}

/**
 * The pairs whose query is not learned from, and their rows: what was learned would judge itself.
 *
 * @throws AppError `invalid_request` when none is left
 */
function unlearned(name: string, pairs: readonly LearningPair[], learning: Pick<Catalogue, 'pairs'>) {
  const known = new Set(learning.pairs.map(({ key }) => key))
  const rows = pairs.flatMap(({ query }, row) => (known.has(normalizeQuery(query)) ? [] : [row]))
  if (rows.length === 0) {
    throw new AppError(
      'invalid_request',
      `Each of the ${pairs.length} queries of the guard ${name} is among the pairs that are learned from; expected others.`,
      { details: { field: 'guard' } },
    )
  }
  return { own: rows.map((row) => pairs[row]!), rows }
}

function readyPairs(
  { name, pairs }: Guard & { readonly kind: 'pairs' },
  labels: readonly LearningLabel[],
  learning: Pick<Catalogue, 'pairs'>,
  lists: TextLists,
): ReadyGuard {
  const { own, rows } = unlearned(name, pairs, learning)
  const catalogue = placePairs(own, labels, (row) => `guard ${name}, row ${rows[row]! + 1}`)
  const isSameScript = Math.abs(hanShare(catalogue.pairs) - hanShare(learning.pairs)) <= SAME_SCRIPT
  const role = isSameScript ? 'judge' : 'watch'
  const queries = lists.queries(catalogue.pairs.map(({ query }) => query))
  const documents = lists.labels(catalogue.labels)
  const sought = {
    targets: Int32Array.from(catalogue.pairs, ({ target }) => target),
    siblings: siblingsOf(catalogue.pairs),
  }
  const keys = catalogue.pairs.map(({ key }) => key)
  return {
    async measure({ base, learned, products }, learnedFrom, random) {
      const valuesOf = async (student: Student) =>
        reciprocals(
          await placesOf(await student.queries(queries), await student.labels(documents), sought, products),
        )
      const values = [await valuesOf(base), await valuesOf(learned)] as const
      const { resamples, changes, ...compared } = compare(...values, keys, random)
      const isNew = Array.from(sought.targets, (target) => !learnedFrom.has(target))
      const isSame = catalogue.isWhole && isNew.includes(false)
      return {
        ...{ name, kind: 'pairs', role, measure: 'MRR', ...compared },
        ...(own.length < pairs.length && { leftOut: pairs.length - own.length }),
        macro: resamples.macro(changes, sought.targets),
        ...(isSame && isNew.includes(true) && { withoutPairs: resamples.mean(changes, isNew) }),
      }
    },
  }
}

function readyRanking(
  { name, grades, ...texts }: Guard & { readonly kind: 'ranking' },
  lists: TextLists,
): ReadyGuard {
  const queries = lists.queries(texts.queries)
  const documents = lists.labels(texts.documents)
  const keys = texts.queries.map((_, place) => String(place))
  const valuesOf = async (student: Student, products: Products) => {
    const scores = await products.timesTransposed(
      await student.queries(queries),
      await student.labels(documents),
    )
    return Float64Array.from(grades, (own, query) => {
      const row = rowOf(scores, query)
      const order = Array.from(row.keys()).sort((one, other) => row[other]! - row[one]! || one - other)
      return normalizedGainAt(
        order.map((document) => own.get(document) ?? 0),
        10,
      )
    })
  }
  return {
    async measure({ base, learned, products }, _, random) {
      const values = [await valuesOf(base, products), await valuesOf(learned, products)] as const
      const { resamples: _r, changes: _c, ...compared } = compare(...values, keys, random)
      return { name, kind: 'ranking', role: 'watch', measure: 'nDCG@10', ...compared }
    },
  }
}

function readyRated({ name, rated }: Guard & { readonly kind: 'rated' }, lists: TextLists): ReadyGuard {
  const left = lists.queries(rated.map((pair) => pair.left))
  const right = lists.labels(rated.map((pair) => pair.right))
  const scores = rated.map(({ score }) => score)
  const cosinesOf = async (student: Student) => {
    const [ones, others] = [await student.queries(left), await student.labels(right)]
    return Float64Array.from(left, (_, row) => dot(rowOf(ones, row), rowOf(others, row)))
  }
  return {
    async measure({ base, learned }, _, random) {
      const [before, after] = [await cosinesOf(base), await cosinesOf(learned)]
      const [old, now] = [spearman(before, scores), spearman(after, scores)]
      const changes = Float64Array.from({ length: RATED_SAMPLES }, () => {
        const drawn = rated.map(() => random.below(rated.length))
        const take = (values: ArrayLike<number>) => drawn.map((place) => values[place]!)
        return spearman(take(after), take(scores)) - spearman(take(before), take(scores))
      }).sort()
      const at = (share: number) => changes[Math.round(share * (changes.length - 1))]!
      const change = { mean: now - old, low: at(0.025), high: at(0.975) }
      return {
        name,
        kind: 'rated',
        role: 'watch',
        measure: 'Spearman',
        items: rated.length,
        base: old,
        learned: now,
        change,
      }
    },
  }
}

function compare(base: Float64Array, learned: Float64Array, keys: readonly string[], random: Random) {
  const resamples = drawResamples(keys, SAMPLES, random)
  const changes = learned.map((value, place) => value - base[place]!)
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    items: new Set(keys).size,
    base: mean(base),
    learned: mean(learned),
    change: resamples.mean(changes),
    resamples,
    changes,
  }
}
