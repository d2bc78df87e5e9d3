import { bootstrap } from './bootstrap.ts'
import { fourFifthsRatio, type SelectionRate, selectionRates } from './selection.ts'

/** By what people are told apart: the column `group` of the pairs, the language of a text, a name put before it. */
type FairnessKind = 'group' | 'language' | 'name'

/** Queries of groups, and where each one's own label stands among all labels, from 1, by the base and by what is learned. */
export interface GroupedPlaces {
  readonly kind: FairnessKind
  /** Undefined for a query that belongs to none. */
  readonly groups: readonly (string | undefined)[]
  /** Queries of one source are drawn again as a whole: the same text under six names is no sixfold evidence. */
  readonly sources: ArrayLike<number>
  readonly before: ArrayLike<number>
  readonly after: ArrayLike<number>
  /** How many of the first places count as found: ten when absent. */
  readonly found?: number
}

/** How often the queries of one group find their own label among the first ten. */
interface GroupRates {
  readonly group: string
  readonly queries: number
  /** 0 to 1, by the base. */
  readonly before: number
  readonly after: number
}

/** What learning does to the likeness of groups. */
export interface FairnessReport {
  readonly kind: FairnessKind
  /** Those with at least 30 queries, the largest first. */
  readonly groups: readonly GroupRates[]
  /** Groups with fewer queries, whose rates say nothing. */
  readonly smallGroups: number
  /** The lowest rate by the highest, 0 to 1. */
  readonly before: number
  readonly after: number
  /** Of the ratio, `after` less `before`, with its 95 % interval. */
  readonly change: { readonly mean: number; readonly low: number; readonly high: number }
  /** Whether the drop is one that refuses the model, see {@link reportFairness}. */
  readonly isDrop: boolean
}

/** As recall@10: who stands below is hardly looked at. */
const FOUND_PLACES = 10
/** A rate of 30 queries is known to some 0.18; below that the lowest rate is luck. */
const LEAST_QUERIES = 30
/** Of the four-fifths rule. */
const FAIR_RATIO = 0.8
/** Less than that is no drop: two queries of 200. */
const LEAST_DROP = 0.01
const SAMPLES = 1000

/**
 * Compares how groups fare before and after learning, by the four-fifths ratio of their chances to be found. A drop by more
 * than 0.01 refuses the model where the ratio ends below 0.8, at which adverse impact is presumed, and elsewhere where the
 * whole interval of the drop lies below 0: of two groups that fare alike one always loses by luck.
 *
 * @param below whole numbers in [0, bound), the same again for the same seed
 * @returns undefined where fewer than two groups have 30 queries
 */
export function reportFairness(
  places: GroupedPlaces,
  below: (bound: number) => number,
): FairnessReport | undefined {
  const { rows, names, smallGroups } = largeGroups(places)
  const isFound = findsWithin(places)
  if (names.length < 2) return undefined
  const groups = rows.map((row) => places.groups[row]!)
  const ratesOf = (list: ArrayLike<number>): SelectionRate[] =>
    selectionRates(
      groups,
      rows.map((row) => isFound(list[row]!)),
    )
  const [before, after] = [ratesOf(places.before), ratesOf(places.after)]
  const ratios = { before: fourFifthsRatio(before), after: fourFifthsRatio(after) }
  const mean = ratios.after - ratios.before
  const change = { mean, ...bootstrap(drawChange(places, rows, names, below), SAMPLES, 0.95) }
  const rateOf = (rates: readonly SelectionRate[], name: string) =>
    rates.find(({ group }) => group === name)!.rate
  return {
    kind: places.kind,
    groups: names.map((group) => ({
      group,
      queries: before.find((rate) => rate.group === group)!.total,
      before: rateOf(before, group),
      after: rateOf(after, group),
    })),
    smallGroups,
    ...ratios,
    change,
    isDrop: mean < -LEAST_DROP && (ratios.after < FAIR_RATIO || change.high < 0),
  }
}

function findsWithin({ found = FOUND_PLACES }: GroupedPlaces): (place: number) => boolean {
  return (place) => place <= found
}

/** The groups that are large enough, the largest first, and the rows of their queries. */
function largeGroups({ groups }: GroupedPlaces) {
  const counts = new Map<string, number>()
  for (const group of groups) if (group !== undefined) counts.set(group, (counts.get(group) ?? 0) + 1)
  const large = [...counts].filter(([, count]) => count >= LEAST_QUERIES)
  const names = large.sort((one, other) => other[1] - one[1]).map(([name]) => name)
  const known = new Set(names)
  const rows = groups.flatMap((group, row) => (group !== undefined && known.has(group) ? [row] : []))
  return { rows, names, smallGroups: counts.size - names.length }
}

/** The change of the ratio in a sample of the sources, drawn again with every call. */
function drawChange(
  places: GroupedPlaces,
  rows: readonly number[],
  names: readonly string[],
  below: (bound: number) => number,
): () => number {
  const { groups, sources, before, after } = places
  const isFound = findsWithin(places)
  const bySource = new Map<number, number[]>()
  for (const row of rows) {
    const some = bySource.get(sources[row]!)
    if (some) some.push(row)
    else bySource.set(sources[row]!, [row])
  }
  const drawn = [...bySource.values()]
  const placeOf = new Map(names.map((name, place) => [name, place]))
  const groupOf = groups.map((group) => (group === undefined ? -1 : (placeOf.get(group) ?? -1)))
  return () => {
    const [totals, hitsBefore, hitsAfter] = [0, 1, 2].map(() => new Float64Array(names.length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    for (let draw = 0; draw < drawn.length; draw++)
      for (const row of drawn[below(drawn.length)]!) {
        const group = groupOf[row]!
        totals[group]! += 1
        hitsBefore[group]! += Number(isFound(before[row]!))
        hitsAfter[group]! += Number(isFound(after[row]!))
      }
    return ratioOf(hitsAfter, totals) - ratioOf(hitsBefore, totals)
  }
}

/** The four-fifths ratio of counts; a group that no draw met does not count. */
function ratioOf(hits: Float64Array, totals: Float64Array): number {
  const rates = Array.from(totals, (total, group) => ({ total, selected: hits[group]! }))
    .filter(({ total }) => total > 0)
    .map(({ total, selected }, place) => ({ group: String(place), selected, total, rate: selected / total }))
  return fourFifthsRatio(rates)
}
