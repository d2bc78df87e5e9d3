import { AppError, invalid } from '../errors.ts'
import type { FieldValue, MatchDocument } from '../services/match/document.ts'
import { createTurns } from '../turns.ts'
import { requireText } from './inputs.ts'

/** A query or candidate as it stands in a request. */
type DocumentField =
  | string
  | {
      readonly id?: string | number | undefined
      readonly vector?: readonly number[] | undefined
      readonly [name: string]: unknown
    }

/** Most candidates of one request; a collection holds more. */
export const MOST_DOCUMENTS = 1000
/** Fields and items of one document at any depth; each stage looks at all of them in one go: 1.2 million held the thread for 1.7 s. */
const MOST_VALUES = 10_000
/** Lists and objects within each other: deeper ones are no documents. */
const MAX_DEPTH = 16

/**
 * The documents of a request's field, in order, read in turns. A document without an id is known by its position, as
 * `#1` where another document has the id `1`.
 *
 * @throws AppError `invalid_request` or `payload_too_large` that names the field
 */
export async function toDocuments(
  field: string,
  documents: readonly DocumentField[],
): Promise<MatchDocument[]> {
  if (documents.length === 0)
    throw invalid(field, `The field ${field} is an empty list; expected at least one.`)
  if (documents.length > MOST_DOCUMENTS) {
    throw new AppError(
      'payload_too_large',
      `The field ${field} has ${documents.length} items; expected at most ${MOST_DOCUMENTS}; split them over several requests.`,
      { details: { field, max: MOST_DOCUMENTS } },
    )
  }
  const given = new Set(documents.flatMap((document) => idOf(document) ?? []))
  const turns = createTurns()
  const read: MatchDocument[] = []
  for (const [index, document] of documents.entries()) {
    read.push(toDocument(document, index, `${field}[${index}]`, positionName(index, given)))
    await turns.rest()
  }
  return read
}

/**
 * One document, which errors call `field`.
 *
 * @throws AppError `invalid_request` that names the field
 */
export function toDocument(
  document: DocumentField,
  index: number,
  field: string,
  name = String(index),
): MatchDocument {
  if (typeof document === 'string') {
    requireText(document, field)
    return { id: name, index, fields: { text: document } }
  }
  const { id = name, vector, ...fields } = document
  const count = createCount(field)
  for (const [name, value] of Object.entries(fields)) requireValue(value, `${field}.${name}`, 1, count)
  return {
    id: String(id),
    index,
    fields: fields as Record<string, FieldValue>,
    vector: vector && toVector(vector, `${field}.vector`),
  }
}

/** The id that a document brings with it. */
function idOf(document: DocumentField): string | undefined {
  if (typeof document === 'string' || document.id === undefined || document.id === null) return undefined
  return String(document.id)
}

/** The id of a document without one: its position, with `#` in front where another document is called so. */
function positionName(index: number, given: ReadonlySet<string>): string {
  let name = String(index)
  while (given.has(name)) name = `#${name}`
  return name
}

/** Counts the values of a document. @throws AppError `payload_too_large` from one too many on */
function createCount(field: string): () => void {
  let values = 0
  return () => {
    if (++values <= MOST_VALUES) return
    throw new AppError(
      'payload_too_large',
      `The document ${field} has more than ${MOST_VALUES} fields and items of lists; expected at most ${MOST_VALUES}; leave out what is not compared, or join the texts.`,
      { details: { field, max: MOST_VALUES } },
    )
  }
}

/** Well-formed text throughout, and not too deep to look through. */
function requireValue(value: unknown, field: string, depth: number, count: () => void): void {
  count()
  if (typeof value === 'string') requireText(value, field)
  if (typeof value !== 'object' || value === null) return
  if (depth > MAX_DEPTH) {
    throw invalid(
      field.slice(0, 100),
      `A value of ${field.slice(0, 100)} lies more than ${MAX_DEPTH} lists and objects deep; expected fewer; flatten it.`,
    )
  }
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      requireValue(item, `${field}[${index}]`, depth + 1, count)
    })
  } else {
    for (const [name, inner] of Object.entries(value))
      requireValue(inner, `${field}.${name}`, depth + 1, count)
  }
}

function toVector(values: readonly number[], field: string): Float32Array {
  const vector = Float32Array.from(values)
  const wrong = vector.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) {
    throw invalid(
      `${field}[${wrong}]`,
      `The field ${field}[${wrong}] is ${values[wrong]}; expected a number that 32 bits can hold.`,
    )
  }
  if (vector.some((value) => value !== 0)) return vector
  throw invalid(field, `The field ${field} has only zeros, which point nowhere; expected a vector.`)
}
