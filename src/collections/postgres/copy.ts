import { invalid } from '../../errors.ts'
import { stringifyExactJson } from '../../formats/exact-json.ts'
import type { CollectionRow } from '../write.ts'
import { facetsOf } from './facets.ts'

/** The columns that {@link copyLine} writes, in its order. */
export const COPY_COLUMNS = 'id, fields, terms, numbers, wholes, places, vector'

/** Longest id in bytes: it stands in an index, whose keys have 2,704 bytes at most. */
const LONGEST_ID = 2000

/**
 * A row as a line of `COPY … FROM STDIN` in its text format.
 *
 * @throws AppError `invalid_request` for an id that PostgreSQL cannot keep: with the character 0, or of more than 2,000
 * bytes
 */
export function copyLine({ id, fields, vector }: CollectionRow): string {
  requireId(id)
  const { terms, numbers, wholes, places } = facetsOf(fields)
  const columns = [
    id,
    stringifyExactJson(fields),
    arrayLiteral(terms),
    JSON.stringify(numbers),
    JSON.stringify(wholes),
    JSON.stringify(places),
    vectorLiteral(vector),
  ]
  return `${columns.map(escapeColumn).join('\t')}\n`
}

/**
 * A vector as pgvector reads it, in six digits: halfvec keeps 11 bits, which are four of them. All 17 digits of a float32
 * took three times as long (0.17 to 0.06 ms of 256), and most of the time of a build's COPY.
 */
export function vectorLiteral(vector: Float32Array): string {
  let text = ''
  for (let at = 0; at < vector.length; at++) text += `${at === 0 ? '' : ','}${vector[at]!.toPrecision(6)}`
  return `[${text}]`
}

/** Texts as a literal of `text[]`. */
export function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escapeColumn(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!)
}

function requireId(id: string): void {
  const bytes = Buffer.byteLength(id)
  if (!id.includes('\u0000') && bytes <= LONGEST_ID) return
  throw invalid(
    'id',
    `The id ${JSON.stringify(id.slice(0, 50))} ${bytes > LONGEST_ID ? `has ${bytes} bytes; PostgreSQL keeps ids of at most ${LONGEST_ID}` : 'has the character 0, which PostgreSQL cannot keep'}; give the row another one.`,
  )
}
