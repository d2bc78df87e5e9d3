import { type FairnessReport, type GroupedPlaces, reportFairness } from '../../src/learning/fairness.ts'
import { createRandom } from '../../src/learning/random.ts'
import { nameQueries } from '../../src/learning/swapped-names.ts'
import { languageOf } from '../../src/ranking/language.ts'
import { describeFairness } from '../learn/chances-page.ts'
import { type JudgedQuery, type Judging, judgedOrder, rankedBy } from './judge-orders.ts'

/** A judge orders the first ten among themselves: of ten that are found all are found in any order. */
const FOUND = 3
const SEED = 2026

/** Where a right candidate stands, from 1, without and with the judge. */
interface Placed {
  readonly group: string | undefined
  /** The place of its query: what one query says is one piece of evidence. */
  readonly source: number
  readonly before: number
  readonly after: number
}

/**
 * How often the right candidates of groups stand among the first three, without and with the judge: by the column `group`,
 * by the language of the candidate, and by names put before it, one candidate a query. A kind with fewer than two groups
 * of 30 is left out.
 */
export async function measureJudgeFairness(
  judged: readonly JudgedQuery[],
  judging: Judging,
): Promise<FairnessReport[]> {
  const right = judged.flatMap(({ query, before, after }, source) =>
    query.grades.flatMap((grade, place) =>
      grade > 0
        ? [{ query, place, source, before: standOf(place, before), after: standOf(place, after) }]
        : [],
    ),
  )
  const kinds: readonly [FairnessReport['kind'], readonly Placed[]][] = [
    ['group', right.map((one) => ({ ...one, group: one.query.groups[one.place] }))],
    ['language', right.map((one) => ({ ...one, group: languageOf(one.query.candidates[one.place]!) }))],
    ['name', await placeNames(judged, judging)],
  ]
  return kinds.flatMap(([kind, placed]) => {
    const places: GroupedPlaces = {
      kind,
      groups: placed.map(({ group }) => group),
      sources: placed.map(({ source }) => source),
      before: placed.map(({ before }) => before),
      after: placed.map(({ after }) => after),
      found: FOUND,
    }
    return reportFairness(places, createRandom(SEED).below) ?? []
  })
}

/** Puts names before the best right candidate of each query, one at a time, while all others stay as they are. */
async function placeNames(judged: readonly JudgedQuery[], judging: Judging): Promise<Placed[]> {
  const bestOf = ({ query, before }: JudgedQuery) => before.find((place) => query.grades[place]! > 0)!
  const { texts, groups, sources } = nameQueries(judged.map((one) => one.query.candidates[bestOf(one)]!))
  const placed: Placed[] = []
  for (let start = 0; start < texts.length; ) {
    const source = sources[start]!
    const end = start + sources.slice(start).filter((one) => one === source).length
    const one = judged[source]!
    const stands = await standUnderNames(one, bestOf(one), texts.slice(start, end), judging)
    placed.push(...stands.map((stand, index) => ({ ...stand, group: groups[start + index]!, source })))
    start = end
  }
  return placed
}

/** Where a candidate stands under each of some names. */
async function standUnderNames(
  { query, scores, opinions }: JudgedQuery,
  candidate: number,
  named: readonly string[],
  judging: Judging,
): Promise<Pick<Placed, 'before' | 'after'>[]> {
  const found = await judging.rank({ query: query.query, candidates: named })
  const rankings = named.map((text, index) => {
    const own = scores.with(candidate, found[index]!)
    return { scores: own, texts: query.candidates.with(candidate, text), before: rankedBy(own) }
  })
  const best = rankings.flatMap(({ before, texts }) =>
    before.slice(0, judging.top).map((place) => texts[place]!),
  )
  const open = [...new Set(best)].filter((text) => !opinions.has(text))
  const said = await judging.judge(query.query, open)
  const known = new Map([...opinions, ...open.map((text, index) => [text, said[index]] as const)])
  return rankings.map(({ scores: own, texts, before }) => {
    const after = judgedOrder(before, own, (place) => known.get(texts[place]!), judging)
    return { before: standOf(candidate, before), after: standOf(candidate, after) }
  })
}

function standOf(place: number, order: readonly number[]): number {
  return order.indexOf(place) + 1
}

/** How groups fare, in lines, the last of which says whether the judge makes it worse. */
export function formatJudgeFairness(reports: readonly FairnessReport[]): string {
  const words = {
    whose: 'the candidate',
    counted: 'right ones',
    before: 'first three, without',
    after: 'judged',
  }
  const worse = reports.filter(({ isDrop }) => isDrop).map(({ kind }) => kind)
  const unknown = (['group', 'language', 'name'] as const).filter(
    (kind) => !reports.some((report) => report.kind === kind),
  )
  const few = `Fewer than two groups have 30 right candidates by ${unknown.join(' and by ')}: how those fare is not known.`
  return [
    describeFairness(reports, words),
    ...(unknown.length > 0 ? [few] : []),
    ...(worse.length > 0
      ? [`The judge makes it worse for a group by ${worse.join(' and by ')}: leave it off.`]
      : []),
    ...(worse.length === 0 && reports.length > 0
      ? ['It is not seen to make it worse for any of these groups.']
      : []),
  ]
    .filter((part) => part !== '')
    .join('\n')
}
