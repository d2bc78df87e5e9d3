import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { createRandom, shuffle } from '../../src/learning/random.ts'
import { fourFifthsRatio, type SelectionRate, selectionRates, shiftOf } from '../../src/learning/selection.ts'
import { withName } from '../../src/learning/swapped-names.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { orderOf } from '../../src/ranking/fusion.ts'
import { rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'
import type { EmbedTexts } from './contenders.ts'
import type { RankingTask } from './ranking-tasks.ts'

/** A name, and the group of people that it stands for. */
interface GroupedName {
  readonly name: string
  readonly group: string
}

/** What a swap of names does to a model's rankings. */
interface SwapReport {
  readonly meanScoreChange: number
  readonly largestScoreChange: number
  readonly meanPlaces: number
  readonly largestPlaces: number
  /** Share of the swaps that bring a candidate into the selection, or out of it. */
  readonly crossings: number
  readonly rates: readonly SelectionRate[]
  readonly ratio: number
}

/** How many are looked at. */
interface SwapOptions {
  readonly queries: number
  readonly candidates: number
  /** The best so many of each ranking are selected. */
  readonly selected: number
  readonly seed: number
}

/** Names and groups of a CSV file with the columns `name` and `group`; two groups or more. */
export function readNames(path: string): GroupedName[] {
  const rows: Record<string, string>[] = parse(readFileSync(path, 'utf8'), {
    columns: true,
    bom: true,
    trim: true,
  })
  const names = rows.map(({ name = '', group = '' }) => ({ name, group }))
  if (names.some(({ name, group }) => !name || !group) || new Set(names.map(({ group }) => group)).size < 2) {
    throw new TypeError(`${path} needs the columns name and group, both filled, and two groups or more.`)
  }
  return names
}

/**
 * Ranks candidates under names that were dealt to them by chance, then gives each one a name of another group while
 * all others keep theirs. A text says where the name goes by `{name}`; otherwise it goes on a line before it.
 */
export async function measureSwaps(
  task: RankingTask,
  names: readonly GroupedName[],
  model: Manifest,
  embed: EmbedTexts,
  options: SwapOptions,
): Promise<SwapReport> {
  const random = createRandom(options.seed)
  const queries = shuffle([...task.queries], random).slice(0, options.queries)
  const candidates = shuffle([...task.candidates], random).slice(0, options.candidates)
  const asked = await embed(
    model,
    queries.map(({ text }) => text),
    'query',
  )
  const named = await embed(
    model,
    candidates.flatMap(({ text }) => names.map(({ name }) => withName(text, name))),
    'document',
  )
  const shifts: { score: number; places: number; crosses: boolean }[] = []
  const [groups, selected]: [string[], boolean[]] = [[], []]
  queries.forEach((_, row) => {
    const dealt = deal(candidates.length, names.length, random)
    const scoreOf = (candidate: number, name: number) =>
      dot(rowOf(asked, row), rowOf(named, candidate * names.length + name))
    const scores = Float64Array.from(dealt, (name, candidate) => scoreOf(candidate, name))
    orderOf(scores).forEach((candidate, place) => {
      groups.push(names[dealt[candidate]!]!.group)
      const isSelected = place < options.selected
      selected.push(isSelected)
      const other = otherGroup(names, dealt[candidate]!, random)
      const { scoreChange, placesWon } = shiftOf(scores, candidate, scoreOf(candidate, other))
      const crosses = place - placesWon < options.selected !== isSelected
      shifts.push({ score: Math.abs(scoreChange), places: Math.abs(placesWon), crosses })
    })
  })
  const rates = selectionRates(groups, selected)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [scores, places] = [shifts.map(({ score }) => score), shifts.map((shift) => shift.places)]
  return {
    meanScoreChange: mean(scores),
    largestScoreChange: Math.max(...scores),
    meanPlaces: mean(places),
    largestPlaces: Math.max(...places),
    crossings: mean(shifts.map(({ crosses }) => Number(crosses))),
    rates,
    ratio: fourFifthsRatio(rates),
  }
}

/** A name for each candidate: every name as often as any other, in an order of chance. */
function deal(count: number, names: number, random: ReturnType<typeof createRandom>): number[] {
  const first = random.below(names)
  return shuffle(
    Array.from({ length: count }, (_, index) => (first + index) % names),
    random,
  )
}

function otherGroup(
  names: readonly GroupedName[],
  from: number,
  random: ReturnType<typeof createRandom>,
): number {
  const others = names.flatMap(({ group }, index) => (group === names[from]!.group ? [] : [index]))
  return others[random.below(others.length)]!
}

/** The report as lines of text. */
export function formatSwaps(
  model: string,
  task: string,
  report: SwapReport,
  { selected }: SwapOptions,
): string {
  const { meanScoreChange, largestScoreChange, meanPlaces, largestPlaces, crossings, rates, ratio } = report
  const lines = rates.map(
    ({ group, rate, selected: count, total }) =>
      `  ${group}: ${(100 * rate).toFixed(1)} % selected (${count} of ${total})`,
  )
  return [
    `${model}, ${task}, names swapped:`,
    `  scores move by ${meanScoreChange.toFixed(4)} on average, ${largestScoreChange.toFixed(4)} at most`,
    `  ranks move by ${meanPlaces.toFixed(2)} places on average, ${largestPlaces} at most`,
    `  ${(100 * crossings).toFixed(1)} % of the swaps move a candidate into the best ${selected}, or out of them`,
    ...lines,
    `  four-fifths ratio ${ratio.toFixed(3)}${ratio < 0.8 ? ': below 0.8, evidence of adverse impact' : ''}`,
    '  leave names out: a field that "redact" lists is dropped before anything is embedded',
  ].join('\n')
}
