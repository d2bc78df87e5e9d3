import { createHash } from 'node:crypto'
import { invalid } from '../../errors.ts'
import { parseExactJson, stringifyExactJson } from '../../formats/exact-json.ts'
import { fold, numberOf, placeOf, setOf } from '../conditions.ts'
import type { CollectionRow } from '../write.ts'
import type { Metadata, StoredVector } from './client.ts'
import { LIMITS } from './limits.ts'

/** The names of what every row carries; those of numbers and places are hashes behind a letter. */
export const NAMES = {
  /** The id and fields as JSON, and the place among all rows. */
  row: 'r',
  place: 'p',
  /** The change that wrote the row, and the one that took it out. */
  since: 'v',
  until: 'x',
  /** Hashes of what filters may ask. */
  terms: 't',
} as const

/** What takes part in no filter. */
export const HIDDEN: readonly string[] = [NAMES.row, NAMES.place]

/** No change takes the row out: a number beyond all of them, since "is less" needs a number. */
export const NEVER = 1_000_000_000

/** Rows whose values do not fit have this term alone, and are judged when they have been found. */
export const WIDE = 'wide'

/** What a term says of a field: its value is this, it has this item, or both where the value is no list. */
type TermKind = 'is' | 'has' | 'both'

/** 72 bits of a hash: 1,000 million different terms meet once in 9,000 such collections, and found rows are judged again. */
export function termOf(kind: TermKind, field: string, value: unknown): string {
  return hash(JSON.stringify([kind, field, fold(value)])).slice(0, 12)
}

/** The name under which a row has the number of a field, or one of the two of a place. */
export function nameOf(kind: 'number' | 'latitude' | 'longitude', field: string): string {
  return { number: 'n', latitude: 'a', longitude: 'o' }[kind] + hash(field).slice(0, 8)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** JSON has no infinity. */
function finite(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}

/**
 * What filters may ask of a row's fields, as metadata. A field that is null has none: no filter keeps it. Fields that do
 * not fit what the service lets filters see leave {@link WIDE} alone.
 */
export function facetsOf(fields: Readonly<Record<string, unknown>>): Metadata {
  const terms = new Set<string>()
  const facets: Record<string, number | readonly string[]> = {}
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue
    if (Array.isArray(value)) {
      terms.add(termOf('is', field, value))
      for (const item of setOf(value)) terms.add(termOf('has', field, item))
    } else terms.add(termOf('both', field, value))
    const number = numberOf(value)
    if (number !== undefined) facets[nameOf('number', field)] = finite(number)
    const place = placeOf(value)
    if (place) {
      facets[nameOf('latitude', field)] = place.latitude
      facets[nameOf('longitude', field)] = place.longitude
    }
  }
  if (terms.size > 0) facets[NAMES.terms] = [...terms]
  const own = Object.keys(NAMES).length
  const fits =
    Buffer.byteLength(JSON.stringify(facets)) <= LIMITS.filterBytes - 60 &&
    Object.keys(facets).length + own <= LIMITS.metadataKeys
  return fits ? facets : { [NAMES.terms]: [WIDE] }
}

/** Where and when a row is written. */
interface Writing {
  readonly key: string
  readonly place: number
  readonly since: number
}

/**
 * A row as the service keeps it, in numbers of float32 with the nine digits that tell them apart.
 *
 * @throws AppError `invalid_request` for an id or fields that are too long
 */
export function toVector(
  { id, fields, vector }: CollectionRow,
  { key, place, since }: Writing,
): StoredVector {
  const row = stringifyExactJson({ ...fields, id })
  const metadata: Metadata = {
    ...facetsOf(fields),
    [NAMES.row]: row,
    [NAMES.place]: place,
    [NAMES.since]: since,
    [NAMES.until]: NEVER,
  }
  const bytes = Buffer.byteLength(JSON.stringify(metadata))
  if (bytes > LIMITS.metadataBytes) {
    throw invalid(
      'fields',
      `The fields of row "${id.slice(0, 100)}" take ${bytes} bytes; Amazon S3 Vectors keeps ${LIMITS.metadataBytes} a row; leave long fields out, or shorten them.`,
    )
  }
  return { key, data: numbersOf(vector), metadata }
}

/** The numbers of a vector as short as float32 can be written: `0.100000001` rather than `0.10000000149011612`. */
export function numbersOf(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toPrecision(9)))
}

/** The id, fields and place of a row that came back. */
export function fromMetadata(metadata: Metadata): {
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly index: number
} {
  const { id, ...fields } = parseExactJson(String(metadata[NAMES.row])) as Record<string, unknown> & {
    id: string
  }
  return { id, fields, index: Number(metadata[NAMES.place]) }
}

/** Which of a row's changes count. */
interface Seen {
  readonly visible: number
  readonly broken: readonly number[]
}

/** Whether a row of the index counts in a version. */
export function isLive(metadata: Metadata, { visible, broken }: Seen): boolean {
  const [since, until] = [Number(metadata[NAMES.since]), Number(metadata[NAMES.until])]
  return since <= visible && !broken.includes(since) && (until > visible || broken.includes(until))
}

/** The two keys that an id may have: a row that takes the place of another one has the other key. */
export function keysOf(id: string): readonly [string, string] {
  const bytes = Buffer.byteLength(id)
  if (bytes <= LIMITS.idBytes) return [`a:${id}`, `b:${id}`]
  throw invalid(
    'id',
    `The id "${id.slice(0, 50)}…" has ${bytes} bytes; Amazon S3 Vectors keeps ids of at most ${LIMITS.idBytes}; give the row another one.`,
  )
}
