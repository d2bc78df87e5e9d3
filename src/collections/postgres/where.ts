import { type Condition, wholeOf } from '../conditions.ts'
import { arrayLiteral } from './copy.ts'
import { keyOfField, termOf } from './facets.ts'

/** A piece of SQL with the values of its parameters, in order. */
export interface Where {
  /** A condition; `true` when every row fits. Holds only what this file has written, and `$n`. */
  readonly text: string
  readonly values: readonly (string | number)[]
}

const EARTH_RADIUS_KM = 6371

/**
 * The filters of a match as a condition on the columns of a row. What a caller sent becomes parameters alone.
 *
 * @param first the number of its first parameter
 */
export function whereOf(conditions: Readonly<Record<string, Condition>>, first: number): Where {
  const values: (string | number)[] = []
  const bind = (value: string | number) => `$${first + values.push(value) - 1}`
  const all = Object.entries(conditions).flatMap(([field, condition]) => clausesOf(field, condition, bind))
  return { text: all.length === 0 ? 'true' : all.join(' AND '), values }
}

type Bind = (value: string | number) => string

function clausesOf(field: string, condition: Condition, bind: Bind): string[] {
  const { equals, in: allowed, min, max, hasAll, hasAny, within } = condition
  if (Object.values(condition).every((value) => value === undefined)) return []
  const terms = (items: readonly string[]) => `${bind(arrayLiteral(items))}::text[]`
  const clauses = [`terms @> ${terms([termOf('there', field)])}`]
  if (equals !== undefined) clauses.push(`terms @> ${terms([termOf('is', field, equals)])}`)
  if (allowed) clauses.push(`terms && ${terms(allowed.map((item) => termOf('is', field, item)))}`)
  if (hasAll) clauses.push(`terms @> ${terms(hasAll.map((item) => termOf('has', field, item)))}`)
  if (hasAny) clauses.push(`terms && ${terms(hasAny.map((item) => termOf('has', field, item)))}`)
  if (min !== undefined || max !== undefined) clauses.push(`terms @> ${terms([termOf('number', field)])}`)
  if (min !== undefined) clauses.push(`NOT ${less(field, min, 'row', bind)}`)
  if (max !== undefined) clauses.push(`NOT ${less(field, max, 'bound', bind)}`)
  if (within) clauses.push(`terms @> ${terms([termOf('place', field)])}`, near(field, within, bind))
  return clauses
}

/** Whether the row's number is less than the bound, or the bound less; digits count where doubles are equal. */
function less(field: string, bound: number, lesser: 'row' | 'bound', bind: Bind): string {
  const key = bind(keyOfField(field))
  const number = `(numbers->>${key}::text)::float8`
  const other = `${bind(String(bound))}::text::float8`
  const order = (one: string, two: string) => (lesser === 'row' ? `${one} < ${two}` : `${two} < ${one}`)
  const whole = wholeOf(bound)
  const doubles = order(number, other)
  if (whole === undefined) return `(${doubles})`
  const digits = order(`(wholes->>${key}::text)::numeric`, `${bind(String(whole))}::text::numeric`)
  return `(${doubles} OR (${number} = ${other} AND coalesce(${digits}, false)))`
}

/** Great-circle distance by the haversine formula, as the exact engine has it. */
function near(
  field: string,
  { latitude, longitude, kilometres }: NonNullable<Condition['within']>,
  bind: Bind,
): string {
  const key = `${bind(keyOfField(field))}::text`
  const degree = (value: number) => `${bind(String(value))}::text::float8`
  const [north, east] = [`(places->${key}->>0)::float8`, `(places->${key}->>1)::float8`]
  const [fromNorth, fromEast] = [degree(latitude), degree(longitude)]
  const half = (one: string, two: string) => `power(sin(radians(${one} - ${two}) / 2), 2)`
  const sum = `${half(north, fromNorth)} + cos(radians(${fromNorth})) * cos(radians(${north})) * ${half(east, fromEast)}`
  // Places on opposite sides of the globe may sum to a hair above 1.
  const distance = `2 * ${EARTH_RADIUS_KM} * asin(sqrt(least(1, ${sum})))`
  return `coalesce(${distance} <= ${degree(kilometres)}, false)`
}
