import { AppError } from '../errors.ts'
import { isRecord } from '../is-record.ts'
import { MOST_DOCUMENTS } from './match-documents.ts'

/** Token ids of one text: eight times what the model with the longest texts reads. */
const MOST_IDS = 65_536
/** Items of any other list that is no list of texts. */
const MOST_ITEMS = 20_000

/** Fields with one item for each row of the answer. */
const ROWS = new Set(['input', 'inputs', 'texts', 'documents'])
const DOCUMENTS = new Set(['queries', 'candidates'])

/**
 * Refuses lists by their lengths before any of their items is looked at: to check 1.9 million token ids one by one took
 * 3.5 s.
 *
 * @param body as it was parsed
 * @throws AppError `payload_too_large` that names the field
 */
export function refuseLongLists(body: unknown, maxInputs: number): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return
  for (const [field, value] of Object.entries(body)) {
    if (Array.isArray(value)) refuseLong(value, field, mostOf(value, field, maxInputs))
    if (field === 'filters' && isRecord(value)) {
      for (const name in value) refuseLongWithin(value[name], `filters.${name.slice(0, 100)}`)
    } else if (field === 'inputs' && typeof value === 'object' && value !== null && 'sentences' in value) {
      const { sentences } = value
      if (Array.isArray(sentences)) refuseLong(sentences, 'inputs.sentences', { maxInputs })
    }
  }
}

/** Refuses the values of a condition by their number. */
function refuseLongWithin(value: unknown, field: string): void {
  if (!isRecord(value)) return
  for (const name in value) {
    const list = value[name]
    if (Array.isArray(list)) refuseLong(list, `${field}.${name}`, { max: MOST_ITEMS })
  }
}

/**
 * The same for the vectors of a match's documents, once these are called so. Other lists of a document are counted with
 * its values.
 *
 * @throws AppError `payload_too_large` that names the field
 */
export function refuseLongVectors(body: unknown): void {
  if (!isRecord(body)) return
  const refuse = (document: unknown, field: string) => {
    if (!isRecord(document) || !Array.isArray(document.vector)) return
    refuseLong(document.vector, `${field}.vector`, { max: MOST_ITEMS })
  }
  refuse(body.query, 'query')
  for (const field of DOCUMENTS) {
    const list = body[field]
    if (!Array.isArray(list)) continue
    for (const [index, document] of list.entries()) refuse(document, `${field}[${index}]`)
  }
}

function mostOf(
  list: readonly unknown[],
  field: string,
  maxInputs: number,
): Readonly<Record<string, number>> {
  if (DOCUMENTS.has(field)) return { max: MOST_DOCUMENTS }
  if (!ROWS.has(field)) return { max: MOST_ITEMS }
  return typeof list[0] === 'number' ? { max: MOST_IDS } : { maxInputs }
}

function refuseLong(list: readonly unknown[], field: string, limit: Readonly<Record<string, number>>): void {
  const [most] = Object.values(limit)
  if (list.length <= most!) return
  throw new AppError(
    'payload_too_large',
    `The field ${field.slice(0, 100)} has ${list.length} items; expected at most ${most}; split them over several requests.`,
    { details: { field: field.slice(0, 100), ...limit } },
  )
}
