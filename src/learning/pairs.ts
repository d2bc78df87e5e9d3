import { AppError } from '../errors.ts'
import { clickWeight, shownProblem, skippedAbove } from './clicks.ts'
import { meantBy } from './header.ts'

/** Where a pair comes from, the surest first. */
export const PAIR_SOURCES = ['label', 'hire', 'interview', 'click'] as const

/** One of {@link PAIR_SOURCES}. */
type PairSource = (typeof PAIR_SOURCES)[number]

/** A query with what answers it, as a row of business data says. */
export interface LearningPair {
  readonly query: string
  /** The text that answers it, or the id of a label. */
  readonly positive: { readonly text: string } | { readonly id: string }
  /** Texts or ids that were shown and rejected. */
  readonly negatives: readonly string[]
  /** Of a click: texts or ids that were seen above it and passed over, which alone are its wrong answers. */
  readonly skipped: readonly string[]
  /** For the report by group. */
  readonly group: string | undefined
  /** From above 0; clicks count by how likely their place is seen, see {@link clickWeight}. */
  readonly weight: number
  readonly source: PairSource
  /** Epoch milliseconds. */
  readonly time: number | undefined
}

/** All that a row of pairs may have. */
export const PAIR_FIELDS: readonly string[] = [
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
  // For whoever keeps the log; nothing is learned from them.
  'queryId',
  'model',
]

/**
 * Reads one row of pairs.
 *
 * @throws AppError `invalid_request`, with the field, for a row that is no pair
 */
export function readPair(row: Readonly<Record<string, unknown>>): LearningPair {
  const unknown = Object.keys(row).find((field) => !PAIR_FIELDS.includes(field))
  if (unknown !== undefined) {
    const meant = meantBy(unknown, PAIR_FIELDS)
    throw wrong(unknown, `is not a field of a pair${meant}; expected ${PAIR_FIELDS.join(', ')}`)
  }
  const query = textIn(row, 'query')
  if (query === undefined)
    throw wrong('query', 'is missing or blank; expected the text that is searched with')
  const [text, id] = [textIn(row, 'positive'), nameIn(row, 'positiveId')]
  if ((text === undefined) === (id === undefined))
    throw wrong(
      'positive',
      'and positiveId: expected exactly one of the two, the text that answers or the id of a label',
    )
  const source = sourceIn(row)
  const position = numberIn(row, 'position', 1)
  if (source === 'click' && position === undefined)
    throw wrong('position', 'is missing; a click counts by the place that it was made at, 1 being the first')
  const shown = source === 'click' ? listIn(row, 'shown') : []
  const click = position !== undefined && source === 'click' ? { position, shown } : undefined
  const problem = click && shownProblem(click, text ?? id!)
  if (problem !== undefined) throw wrong('position', problem)
  const weight = (numberIn(row, 'weight', 0) ?? 1) * (click ? clickWeight(click.position) : 1)
  if (weight === 0) throw wrong('weight', 'is 0; expected a number above it; leave the row out')
  return {
    query,
    positive: text === undefined ? { id: id! } : { text },
    negatives: listIn(row, 'negatives'),
    skipped: click ? skippedAbove(click) : [],
    group: nameIn(row, 'group'),
    weight,
    source,
    time: timeIn(row),
  }
}

function sourceIn(row: Readonly<Record<string, unknown>>): PairSource {
  const source = row.source ?? 'label'
  // An empty cell of a table.
  if (source === '') return 'label'
  const found = PAIR_SOURCES.find((one) => one === source)
  if (found) return found
  throw wrong('source', `is ${shown(source)}; expected one of ${PAIR_SOURCES.join(', ')}`)
}

function textIn(row: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = row[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw wrong(field, `is ${shown(value)}; expected a text`)
  return value.trim() === '' ? undefined : value
}

/** An id or the name of a group, which may be a number. */
function nameIn(row: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = row[field]
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : textIn(row, field)
}

/** A number, also as the text that a CSV file has. */
function numberIn(row: Readonly<Record<string, unknown>>, field: string, least: number): number | undefined {
  const value = row[field]
  if (value === undefined || value === null || value === '') return undefined
  // Parquet has whole numbers of 64 bits.
  const number = typeof value === 'string' || typeof value === 'bigint' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number) && number >= least) return number
  throw wrong(field, `is ${shown(value)}; expected a number of at least ${least}`)
}

/** A list of texts or ids, also as the JSON of one, which is what a CSV file has. */
function listIn(row: Readonly<Record<string, unknown>>, field: string): string[] {
  const value = row[field]
  if (value === undefined || value === null || value === '') return []
  const list = typeof value === 'string' && value.trim().startsWith('[') ? parsed(value, field) : value
  if (Array.isArray(list) && list.every(isName)) return list.map(String)
  throw wrong(field, 'is no list of texts; expected ["…", "…"]')
}

function isName(entry: unknown): boolean {
  return typeof entry === 'string' || Number.isSafeInteger(entry)
}

function parsed(text: string, field: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wrong(field, 'is no list of texts; expected ["…", "…"]')
  }
}

/** A month, a day, or a moment; what Excel and other countries write is read as another day too easily. */
const ISO_8601 =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?)?$/

/** A value in a sentence; JSON has no integers of 64 bits. */
function shown(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value))
}

function timeIn(row: Readonly<Record<string, unknown>>): number | undefined {
  const text = textIn(row, 'time')
  if (text === undefined) return undefined
  const found = ISO_8601.exec(text.trim())
  const [, year, month, day = '01'] = found ?? []
  const time = found ? Date.parse(text.trim()) : Number.NaN
  // The parser makes 2 March of 30 February.
  const isDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
  if (Number.isFinite(time) && isDay) return time
  throw wrong('time', `is ${JSON.stringify(text)}; expected a time of ISO 8601, 2026-11-28T09:00:00Z`)
}

function wrong(field: string, problem: string): AppError {
  return new AppError('invalid_request', `${field} ${problem}.`, { details: { field } })
}
