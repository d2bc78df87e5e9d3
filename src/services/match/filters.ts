import { ExactNumber, stringifyExactJson } from '../../formats/exact-json.ts'
import type { FieldValue, MatchDocument } from './document.ts'

/** A place on the globe, in degrees. */
export interface Place {
  readonly latitude: number
  readonly longitude: number
}

/** What a field must be like; every condition that is given must hold. */
export interface Condition {
  readonly equals?: string | number | boolean | undefined
  readonly in?: readonly (string | number)[] | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly hasAll?: readonly string[] | undefined
  readonly hasAny?: readonly string[] | undefined
  readonly within?: (Place & { readonly kilometres: number }) | undefined
}

/** Conditions by the name of the field. */
export type Filters = Readonly<Record<string, Condition>>

/** Says why a candidate is left out, or `undefined` when it stays. Text is compared without regard to case. */
export function exclusionOf({ fields }: Pick<MatchDocument, 'fields'>, filters: Filters): string | undefined {
  for (const [name, condition] of Object.entries(filters)) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (value === undefined || value === null) return `${name} is missing`
    for (const check of CHECKS) {
      const reason = check(value, condition)
      if (reason) return `${name} ${reason}`
    }
  }
  return undefined
}

/** Says what is wrong with a value, or nothing when the condition is met or not asked for. */
type Check = (value: FieldValue, condition: Condition) => string | undefined

const CHECKS: readonly Check[] = [
  (value, { equals }) =>
    equals === undefined || fold(value) === fold(equals) ? undefined : `is ${show(value)}, not ${equals}`,
  (value, { in: allowed }) =>
    !allowed || allowed.some((item) => fold(item) === fold(value))
      ? undefined
      : `is ${show(value)}, none of ${allowed.join(', ')}`,
  (value, { min, max }) => {
    if (min === undefined && max === undefined) return undefined
    const number = numberOf(value)
    if (number === undefined) return `is ${show(value)}, not a number`
    if (min !== undefined && number < min) return `is ${value}, below ${min}`
    return max !== undefined && number > max ? `is ${value}, above ${max}` : undefined
  },
  (value, { hasAll }) => {
    const missing = hasAll?.filter((item) => !setOf(value).has(fold(item)))
    return missing?.length ? `lacks ${missing.join(', ')}` : undefined
  },
  (value, { hasAny }) =>
    !hasAny || hasAny.some((item) => setOf(value).has(fold(item)))
      ? undefined
      : `has none of ${hasAny.join(', ')}`,
  (value, { within }) => {
    if (!within) return undefined
    const place = placeOf(value)
    if (!place) return 'has no latitude and longitude'
    const distance = distanceKm(place, within)
    return distance <= within.kilometres
      ? undefined
      : `is ${Math.round(distance)} km away, beyond ${within.kilometres} km`
  },
]

/** Compatibility forms and case are told apart by nobody who filters. */
function fold(value: FieldValue): string {
  return String(value).normalize('NFKC').trim().toLowerCase()
}

/** A number, to be compared as the nearest double. */
function numberOf(value: FieldValue): number | undefined {
  if (value instanceof ExactNumber) return value.valueOf()
  return typeof value === 'number' ? value : undefined
}

function setOf(value: FieldValue): Set<string> {
  return new Set((Array.isArray(value) ? value : [value]).map(fold))
}

function show(value: FieldValue): string {
  const text = typeof value === 'object' ? stringifyExactJson(value) : String(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

function placeOf(value: FieldValue): Place | undefined {
  if (typeof value !== 'object' || value === null || !('latitude' in value) || !('longitude' in value))
    return undefined
  const { latitude, longitude } = value
  const [north, east] = [numberOf(latitude), numberOf(longitude)]
  return north === undefined || east === undefined ? undefined : { latitude: north, longitude: east }
}

const EARTH_RADIUS_KM = 6371

/** Great-circle distance by the haversine formula. */
function distanceKm(from: Place, to: Place): number {
  const radians = Math.PI / 180
  const latitude = ((to.latitude - from.latitude) * radians) / 2
  const longitude = ((to.longitude - from.longitude) * radians) / 2
  const half =
    Math.sin(latitude) ** 2 +
    Math.cos(from.latitude * radians) * Math.cos(to.latitude * radians) * Math.sin(longitude) ** 2
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(half)))
}
