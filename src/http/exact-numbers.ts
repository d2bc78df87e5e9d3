import { ExactNumber } from '../formats/exact-json.ts'
import { isRecord } from '../is-record.ts'

/** No number of a request that is none of a document's fields lies deeper: `filters.<name>.within.latitude`. */
const MOST_LEVELS = 4

/**
 * The body of a match as the schema knows it. Numbers that no double holds keep their digits where they name or are
 * looked for: ids and the values of the conditions `equals`, `in`, `hasAll` and `hasAny` become texts, and in the
 * fields of documents they stay as they are. Anywhere else, in vectors and weights, the nearest double is meant.
 */
export function settleNumbers(body: unknown): unknown {
  if (!isObject(body)) return body
  const { query, queries, candidates, filters, ...others } = body
  return {
    ...(plain(others, 0) as object),
    ...('query' in body && { query: settleDocument(query) }),
    ...('queries' in body && { queries: settleDocuments(queries) }),
    ...('candidates' in body && { candidates: settleDocuments(candidates) }),
    ...('filters' in body && {
      filters: mapFields(filters, (_, condition) => mapFields(condition, settleCondition)),
    }),
  }
}

function settleDocuments(documents: unknown): unknown {
  return Array.isArray(documents) ? documents.map(settleDocument) : documents
}

function settleDocument(document: unknown): unknown {
  if (!isObject(document)) return document
  const { id, vector } = document
  const isPlain = !(id instanceof ExactNumber) && !(Array.isArray(vector) && vector.some(isExact))
  return isPlain ? document : { ...document, id: digits(id), vector: plain(vector, 0) }
}

const LISTS = new Set(['in', 'hasAll', 'hasAny'])

function settleCondition(name: string, value: unknown): unknown {
  if (name === 'equals') return digits(value)
  // A whole number beyond 2^53 would be rounded, and as a bound let other numbers through: it becomes a text, which
  // the schema refuses.
  if ((name === 'min' || name === 'max') && /^-?\d+$/.test(String(value))) return digits(value)
  return LISTS.has(name) && Array.isArray(value) ? value.map(digits) : plain(value, 0)
}

function digits(value: unknown): unknown {
  return value instanceof ExactNumber ? String(value) : value
}

function plain(value: unknown, level: number): unknown {
  if (value instanceof ExactNumber) return value.valueOf()
  if (level > MOST_LEVELS) return value
  if (Array.isArray(value)) return value.some(isHeld) ? value.map((item) => plain(item, level + 1)) : value
  return mapFields(value, (_, item) => plain(item, level + 1))
}

function mapFields(value: unknown, settle: (name: string, item: unknown) => unknown): unknown {
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, settle(name, item)]))
}

/** Whether a value of a body is an object with fields: an {@link ExactNumber} has none. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && !isExact(value)
}

function isHeld(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isExact(value: unknown): boolean {
  return value instanceof ExactNumber
}
