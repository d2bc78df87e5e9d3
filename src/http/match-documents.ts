import { AppError } from '../errors.ts'
import type { FieldValue, MatchDocument } from '../services/match/document.ts'
import { requireText } from './inputs.ts'

/** A query or candidate as it stands in a request. */
export type DocumentField =
  | string
  | {
      readonly id?: string | number | undefined
      readonly vector?: readonly number[] | undefined
      readonly [name: string]: unknown
    }

/** Most candidates of one request; a collection holds more. */
const MAX_DOCUMENTS = 1000
/** Lists and objects within each other: deeper ones are no documents. */
const MAX_DEPTH = 16

/**
 * The documents of a request's field, in order. A document without an id is known by its position.
 *
 * @throws AppError `invalid_request` or `payload_too_large` that names the field
 */
export function toDocuments(field: string, documents: readonly DocumentField[]): MatchDocument[] {
  if (documents.length === 0)
    throw invalid(field, `The field ${field} is an empty list; expected at least one.`)
  if (documents.length > MAX_DOCUMENTS) {
    throw new AppError(
      'payload_too_large',
      `The field ${field} has ${documents.length} items; expected at most ${MAX_DOCUMENTS}; split them over several requests.`,
      { details: { field, max: MAX_DOCUMENTS } },
    )
  }
  return documents.map((document, index) => toDocument(document, index, `${field}[${index}]`))
}

/**
 * One document, which errors call `field`.
 *
 * @throws AppError `invalid_request` that names the field
 */
export function toDocument(document: DocumentField, index: number, field: string): MatchDocument {
  if (typeof document === 'string') {
    requireText(document, field)
    return { id: String(index), index, fields: { text: document } }
  }
  const { id = String(index), vector, ...fields } = document
  for (const [name, value] of Object.entries(fields)) requireValue(value, `${field}.${name}`, 1)
  return {
    id: String(id),
    index,
    fields: fields as Record<string, FieldValue>,
    vector: vector && toVector(vector, `${field}.vector`),
  }
}

/** Well-formed text throughout, and not too deep to look through. */
function requireValue(value: unknown, field: string, depth: number): void {
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
      requireValue(item, `${field}[${index}]`, depth + 1)
    })
  } else {
    for (const [name, inner] of Object.entries(value)) requireValue(inner, `${field}.${name}`, depth + 1)
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

function invalid(field: string, message: string): AppError {
  return new AppError('invalid_request', message, { details: { field } })
}
