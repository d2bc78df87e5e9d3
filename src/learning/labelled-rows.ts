import { type Catalogue, siblingsOf } from './catalogue.ts'

/** Queries with the labels that they belong to: places in the student's lists. */
export interface LabelledRows {
  readonly queries: Int32Array
  readonly targets: Int32Array
  /** How much each pair counts. */
  readonly weights: Float64Array
  /** Labels that are right for the query too, by pair. */
  readonly siblings: readonly Int32Array[]
  /** Labels that were shown and rejected, by pair; with every label among the negatives they are there anyway. */
  readonly rejected: readonly (readonly number[])[]
  /** Of a click: the only labels that it is told apart from, those that it passed over; undefined for all others. */
  readonly contrasts: readonly (Int32Array | undefined)[]
}

/** The pairs of a catalogue as rows of a student's lists. */
export function labelledRows({ pairs }: Catalogue, queries: Int32Array): LabelledRows {
  const siblings = siblingsOf(pairs)
  return {
    queries,
    targets: Int32Array.from(pairs, ({ target }) => target),
    weights: Float64Array.from(pairs, ({ weight }) => weight),
    siblings,
    rejected: pairs.map(({ rejected }) => rejected),
    contrasts: pairs.map(({ source, passed, target }, row) =>
      // What was chosen for the query at another time is no wrong answer.
      source === 'click'
        ? Int32Array.from(passed.filter((label) => label !== target && !siblings[row]!.includes(label)))
        : undefined,
    ),
  }
}

/** The rows at these places. */
export function pickPairs(pairs: LabelledRows, rows: Int32Array): LabelledRows {
  return {
    queries: rows.map((row) => pairs.queries[row]!),
    targets: rows.map((row) => pairs.targets[row]!),
    weights: Float64Array.from(rows, (row) => pairs.weights[row]!),
    siblings: Array.from(rows, (row) => pairs.siblings[row]!),
    rejected: Array.from(rows, (row) => pairs.rejected[row]!),
    contrasts: Array.from(rows, (row) => pairs.contrasts[row]),
  }
}
