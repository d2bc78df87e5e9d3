import { createHash } from 'node:crypto'
import { ExactNumber } from '../../formats/exact-json.ts'
import { fold, numberOf, placeOf, setOf, wholeOf } from '../conditions.ts'

/**
 * What filters may ask of a row, prepared when it is written. Texts are folded here and not in SQL: what `lower` does
 * there depends on the locale of the database, and the exact engine is the reference.
 */
interface Facets {
  /** One for each field that is there, for its value, for each item of a list; see {@link termOf}. */
  readonly terms: readonly string[]
  /** Doubles as texts, by {@link keyOfField}: JSON has no infinity. */
  readonly numbers: Readonly<Record<string, string>>
  /** The digits of whole numbers beyond 2^53, by {@link keyOfField}. */
  readonly wholes: Readonly<Record<string, string>>
  /** Latitude and longitude, by {@link keyOfField}. */
  readonly places: Readonly<Record<string, readonly [number, number]>>
}

/** What a term says of a field: it is there, is a number, is a place, is this value, has this item. */
type TermKind = 'there' | 'number' | 'place' | 'is' | 'has'

/** PostgreSQL keeps no key of more than 2,704 bytes in an index: a longer term is its hash. */
const LONGEST_TERM = 200

/** A term as rows have it; JSON keeps name and value apart, and has no character that PostgreSQL refuses. */
export function termOf(kind: TermKind, field: string, value?: unknown): string {
  const term = JSON.stringify(value === undefined ? [kind, field] : [kind, field, fold(value)])
  return term.length <= LONGEST_TERM ? term : createHash('sha256').update(term).digest('hex')
}

/** The name of a field as a key of jsonb, which refuses the character 0. */
export function keyOfField(field: string): string {
  return JSON.stringify(field)
}

/** The facets of a row's fields. A field that is null has none: no filter keeps it. */
export function facetsOf(fields: Readonly<Record<string, unknown>>): Facets {
  const terms = new Set<string>()
  const [numbers, wholes, places] = [new Map<string, string>(), new Map<string, string>(), new Map()]
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue
    const key = keyOfField(field)
    terms.add(termOf('there', field)).add(termOf('is', field, value))
    for (const item of setOf(value)) terms.add(termOf('has', field, item))
    const number = numberOf(value)
    if (number !== undefined) {
      terms.add(termOf('number', field))
      numbers.set(key, String(number))
      const whole = value instanceof ExactNumber || !Number.isSafeInteger(number) ? wholeOf(value) : undefined
      if (whole !== undefined) wholes.set(key, String(whole))
    }
    const place = placeOf(value)
    if (place) {
      terms.add(termOf('place', field))
      places.set(key, [place.latitude, place.longitude])
    }
  }
  return {
    terms: [...terms],
    numbers: Object.fromEntries(numbers),
    wholes: Object.fromEntries(wholes),
    places: Object.fromEntries(places),
  }
}
