import { AppError } from '../errors.ts'

/** Where a pair comes from, the surest first. */
const PAIR_SOURCES = ['label', 'hire', 'interview', 'click'] as const

/** One of {@link PAIR_SOURCES}. */
type PairSource = (typeof PAIR_SOURCES)[number]

/** A query with what answers it, as a row of business data says. */
export interface LearningPair {
  readonly query: string
  /** The text that answers it, or the id of a label. */
  readonly positive: { readonly text: string } | { readonly id: string }
  /** Texts or ids that were shown and rejected. */
  readonly negatives: readonly string[]
  /** For the report by group. */
  readonly group: string | undefined
  /** From above 0; clicks count by how likely their place is seen, see {@link clickWeight}. */
  readonly weight: number
  readonly source: PairSource
  /** Epoch milliseconds. */
  readonly time: number | undefined
}

const FIELDS = [
  'query',
  'positive',
  'positiveId',
  'negatives',
  'group',
  'weight',
  'source',
  'position',
  'shown',
  'time',
]
/** A click that hardly anybody could have made would count for a hundred others. */
const HEAVIEST_CLICK = 10
/** Two clicks say about as much as half a hire. */
const CLICK_WEIGHT = 0.2

/**
 * The weight of a click at `position` (from 1): the inverse of how likely that place is looked at, 1 / position, clipped
 * (Joachims, Swaminathan and Schnabel, 2017), times {@link CLICK_WEIGHT}. What was not shown is never a negative.
 */
export function clickWeight(position: number): number {
  return CLICK_WEIGHT * Math.min(HEAVIEST_CLICK, position)
}

/**
 * Reads one row of pairs.
 *
 * @throws AppError `invalid_request`, with the field, for a row that is no pair
 */
export function readPair(row: Readonly<Record<string, unknown>>): LearningPair {
  const unknown = Object.keys(row).find((field) => !FIELDS.includes(field))
  if (unknown !== undefined) throw wrong(unknown, `is not a field of a pair; expected ${FIELDS.join(', ')}`)
  const query = textIn(row, 'query')
  if (query === undefined)
    throw wrong('query', 'is missing or blank; expected the text that is searched with')
  const [text, id] = [textIn(row, 'positive'), textIn(row, 'positiveId')]
  if ((text === undefined) === (id === undefined))
    throw wrong(
      'positive',
      'and positiveId: expected exactly one of the two, the text that answers or the id of a label',
    )
  const source = sourceIn(row)
  const position = numberIn(row, 'position', 1)
  if (source === 'click' && position === undefined)
    throw wrong('position', 'is missing; a click counts by the place that it was made at, 1 being the first')
  const weight = (numberIn(row, 'weight', 0) ?? 1) * (source === 'click' ? clickWeight(position!) : 1)
  if (weight === 0) throw wrong('weight', 'is 0; expected a number above it; leave the row out')
  return {
    query,
    positive: text === undefined ? { id: id! } : { text },
    negatives: listIn(row, 'negatives'),
    group: textIn(row, 'group'),
    weight,
    source,
    time: timeIn(row),
  }
}

function sourceIn({ source = 'label' }: Readonly<Record<string, unknown>>): PairSource {
  const found = PAIR_SOURCES.find((one) => one === source)
  if (found) return found
  throw wrong('source', `is ${JSON.stringify(source)}; expected one of ${PAIR_SOURCES.join(', ')}`)
}

function textIn(row: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = row[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrong(field, `is ${JSON.stringify(value)}; expected a text`)
  return value.trim() === '' ? undefined : value
}

/** A number, also as the text that a CSV file has. */
function numberIn(row: Readonly<Record<string, unknown>>, field: string, least: number): number | undefined {
  const value = row[field]
  if (value === undefined || value === null || value === '') return undefined
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number) && number >= least) return number
  throw wrong(field, `is ${JSON.stringify(value)}; expected a number of at least ${least}`)
}

/** A list of texts, also as the JSON of one, which is what a CSV file has. */
function listIn(row: Readonly<Record<string, unknown>>, field: string): string[] {
  const value = row[field]
  if (value === undefined || value === null || value === '') return []
  const list = typeof value === 'string' && value.trim().startsWith('[') ? parsed(value, field) : value
  if (Array.isArray(list) && list.every((entry) => typeof entry === 'string')) return list
  throw wrong(field, 'is no list of texts; expected ["…", "…"]')
}

function parsed(text: string, field: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wrong(field, 'is no list of texts; expected ["…", "…"]')
  }
}

function timeIn(row: Readonly<Record<string, unknown>>): number | undefined {
  const text = textIn(row, 'time')
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isFinite(time)) return time
  throw wrong('time', `is ${JSON.stringify(text)}; expected a time of ISO 8601, 2026-11-28T09:00:00Z`)
}

function wrong(field: string, problem: string): AppError {
  return new AppError('invalid_request', `${field} ${problem}.`, { details: { field } })
}
