import { AppError } from '../errors.ts'
import { nameRows } from '../formats/wrong-rows.ts'
import { type LearningPair, PAIR_SOURCES } from './pairs.ts'
import { normalizeQuery } from './split.ts'

/** One thing that queries look for, as a row of the catalogue of labels says. */
export interface LearningLabel {
  readonly id: string
  readonly text: string
}

/** Pairs with places in the list of labels instead of texts and ids. */
export interface Catalogue {
  /** Texts of the labels: of the catalogue, or where there is none the distinct answers of the pairs. */
  readonly labels: readonly string[]
  /** Whether every label is there; without a catalogue labels are only those that pairs name. */
  readonly isWhole: boolean
  /** One entry a distinct pair of query and label. */
  readonly pairs: readonly PlacedPair[]
  /** Pairs that say what an earlier one says, and count once. */
  readonly repeated: number
}

/** A pair whose label is a place in the catalogue. */
export interface PlacedPair extends LearningPair {
  /** The query without case, width and marks at its ends: equal ones are one query. */
  readonly key: string
  readonly target: number
  /** Places of labels that were shown and rejected. */
  readonly rejected: readonly number[]
  /** Places of labels that a click passed over; those that the catalogue no longer has are left out. */
  readonly passed: readonly number[]
}

/** Says where a row stands, `pairs.csv:12`, for errors. */
export type RowPlace = (row: number) => string

/**
 * Finds the label of each pair.
 *
 * @param labels the whole catalogue; empty where there is none, and each distinct answer is a label
 * @param placeOf names the row of a pair
 * @throws AppError `invalid_request` that names the row and the field of a label that the catalogue lacks
 */
export function placePairs(
  pairs: readonly LearningPair[],
  labels: readonly LearningLabel[],
  placeOf: RowPlace,
): Catalogue {
  const isWhole = labels.length > 0
  const index = isWhole ? indexOf(labels) : openIndex()
  const placed = new Map<string, PlacedPair>()
  const wrong: WrongLabel[] = []
  pairs.forEach((pair, row) => {
    const target = index.find(pair.positive)
    const rejected = pair.negatives.flatMap((value) => index.byEither(value) ?? [])
    if (target === undefined) wrong.push({ row, field: 'id' in pair.positive ? 'positiveId' : 'positive' })
    else if (rejected.length < pair.negatives.length) wrong.push({ row, field: 'negatives' })
    if (target === undefined) return
    const passed = pair.skipped.flatMap((value) => index.byEither(value) ?? [])
    const key = normalizeQuery(pair.query)
    const same = `${target} ${key}`
    const known = placed.get(same)
    // What comes again counts once, by its surest source.
    if (!known || isSurer(pair, known)) placed.set(same, { ...pair, key, target, rejected, passed })
  })
  if (wrong.length > 0) throw refused(wrong, placeOf, isWhole)
  const all = [...placed.values()]
  return { labels: index.texts(), isWhole, pairs: all, repeated: pairs.length - all.length }
}

/** A hire is surer than a click, whatever that weighs for its place. */
function isSurer(one: LearningPair, other: LearningPair): boolean {
  const rank = ({ source }: LearningPair) => PAIR_SOURCES.indexOf(source)
  return rank(one) < rank(other) || (rank(one) === rank(other) && one.weight > other.weight)
}

interface LabelIndex {
  find(value: { readonly text: string } | { readonly id: string }): number | undefined
  /** A label by its id or else its text. */
  byEither(value: string): number | undefined
  texts(): readonly string[]
}

function indexOf(labels: readonly LearningLabel[]): LabelIndex {
  const byId = new Map(labels.map(({ id }, place) => [id, place]))
  const byText = new Map<string, number>()
  labels.forEach(({ text }, place) => {
    const key = normalizeQuery(text)
    if (!byText.has(key)) byText.set(key, place)
  })
  return {
    find: (value) => ('id' in value ? byId.get(value.id) : byText.get(normalizeQuery(value.text))),
    byEither: (value) => byId.get(value) ?? byText.get(normalizeQuery(value)),
    texts: () => labels.map(({ text }) => text),
  }
}

/** Grows by every answer that it is asked for. */
function openIndex(): LabelIndex {
  const texts: string[] = []
  const byText = new Map<string, number>()
  const ofText = (text: string) => {
    const key = normalizeQuery(text)
    const known = byText.get(key)
    if (known !== undefined) return known
    byText.set(key, texts.length)
    return texts.push(text) - 1
  }
  return {
    find: (value) => ('id' in value ? undefined : ofText(value.text)),
    byEither: ofText,
    texts: () => texts,
  }
}

interface WrongLabel {
  readonly row: number
  readonly field: string
}

function refused(wrong: readonly WrongLabel[], placeOf: RowPlace, isWhole: boolean): AppError {
  const problem = isWhole
    ? 'names none of the labels; expected an id or the text of one of them; add the label to the file of labels, or correct the row'
    : 'names a label by its id, and there is no catalogue of labels; give one with --labels, or write the text itself as positive'
  const [first, ...others] = wrong
  const place = placeOf(first!.row)
  const more = nameRows(others.map(({ row, field }) => `${placeOf(row)}: ${field}`))
  const also = more.length > 0 ? ` So do ${more.join(', ')}.` : ''
  return new AppError('invalid_request', `${place}: ${first!.field} ${problem}.${also}`, {
    details: { field: first!.field, row: place },
  })
}

/** By place of a pair: labels that others of the same query have, which are no wrong answers to it. */
export function siblingsOf(pairs: readonly PlacedPair[]): Int32Array[] {
  const byQuery = new Map<string, number[]>()
  for (const { key, target } of pairs) {
    const targets = byQuery.get(key)
    if (targets) targets.push(target)
    else byQuery.set(key, [target])
  }
  return pairs.map(({ key, target }) => {
    const targets = byQuery.get(key)!
    return targets.length === 1 ? NONE : Int32Array.from(targets.filter((other) => other !== target))
  })
}

const NONE = new Int32Array(0)
