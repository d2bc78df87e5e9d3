import { ExactNumber, stringifyExactJson } from '../formats/exact-json.ts'

/** A place on the globe, in degrees. */
interface Place {
  readonly latitude: number
  readonly longitude: number
}

type Scalar = string | number | boolean

/** What a field must be like; every operator that is given must hold. */
export interface Condition {
  readonly equals?: Scalar | undefined
  readonly in?: readonly Scalar[] | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly hasAll?: readonly Scalar[] | undefined
  readonly hasAny?: readonly Scalar[] | undefined
  readonly within?: (Place & { readonly kilometres: number }) | undefined
}

/** A condition with its values prepared, so that each candidate costs only its own length. */
interface CompiledCondition {
  readonly condition: Condition
  /** Whether there is any operator. */
  readonly asked: boolean
  readonly allowed: ReadonlySet<string> | undefined
  readonly all: ReadonlyMap<string, Scalar> | undefined
  readonly any: ReadonlySet<string> | undefined
  /** What the operators can compare, when that is not everything. */
  readonly kind: { readonly name: string; readonly advice: string; fits(value: unknown): boolean } | undefined
}

/** Puts the values of a condition into sets once, for all candidates of a request. */
export function compile(condition: Condition): CompiledCondition {
  const { in: allowed, hasAll, hasAny, min, max, within } = condition
  const numbers = min !== undefined || max !== undefined
  return {
    condition,
    asked: Object.values(condition).some((value) => value !== undefined),
    allowed: allowed && new Set(allowed.map(fold)),
    all: hasAll && new Map(hasAll.map((item) => [fold(item), item])),
    any: hasAny && new Set(hasAny.map(fold)),
    kind: numbers ? NUMBER : within ? PLACE : undefined,
  }
}

const NUMBER = {
  name: 'a number',
  advice: ' (a column of a CSV is text; JSON lines keep numbers)',
  fits: (value: unknown) => numberOf(value) !== undefined,
}
const PLACE = {
  name: 'an object with latitude and longitude',
  advice: '',
  fits: (value: unknown) => placeOf(value) !== undefined,
}

/** Says what is wrong with a value, or nothing when the operator is met or not asked for. */
type Check = (value: unknown, compiled: CompiledCondition) => string | undefined

/** One check an operator, in the order of their reasons. */
export const CONDITION_CHECKS: readonly Check[] = [
  (value, { condition: { equals } }) =>
    equals === undefined || fold(value) === fold(equals) ? undefined : `is ${show(value)}, not ${equals}`,
  (value, { allowed, condition }) =>
    !allowed || allowed.has(fold(value)) ? undefined : `is ${show(value)}, none of ${showAll(condition.in!)}`,
  (value, { condition: { min, max } }) => {
    if (min === undefined && max === undefined) return undefined
    const number = numberOf(value)
    if (number === undefined) return `is ${showText(value)}, not a number`
    if (min !== undefined && isLess(value, min)) return `is ${value}, below ${min}`
    return max !== undefined && isLess(max, value) ? `is ${value}, above ${max}` : undefined
  },
  (value, { all }) => {
    if (!all) return undefined
    const own = setOf(value)
    let missing = all.size
    for (const item of own) if (all.has(item)) missing -= 1
    return missing === 0 ? undefined : `lacks ${showAll(lacking(all, own), missing)}`
  },
  (value, { any, condition }) => {
    if (!any) return undefined
    for (const item of setOf(value)) if (any.has(item)) return undefined
    return `has none of ${showAll(condition.hasAny!)}`
  },
  (value, { condition: { within } }) => {
    if (!within) return undefined
    const place = placeOf(value)
    if (!place) return 'has no latitude of -90 to 90 and longitude of -180 to 180'
    const distance = distanceKm(place, within)
    return distance <= within.kilometres
      ? undefined
      : `is ${Math.round(distance)} km away, beyond ${within.kilometres} km`
  },
]

/** Texts are compared without regard to case and to forms such as full width (NFKC). */
export function fold(value: unknown): string {
  return String(value).normalize('NFKC').trim().toLowerCase()
}

/** Whether one number is less than another; whole numbers beyond 2^53 digit for digit. */
function isLess(one: unknown, other: unknown): boolean {
  const [left, right] = [Number(one), Number(other)]
  if (left !== right) return left < right
  const [exact, exactOther] = [wholeOf(one), wholeOf(other)]
  return exact !== undefined && exactOther !== undefined && exact < exactOther
}

/** A whole number of any length, at most 400 digits; `undefined` for another number. */
export function wholeOf(value: unknown): bigint | undefined {
  const digits = String(value)
  return /^-?\d{1,400}$/.test(digits) ? BigInt(digits) : undefined
}

/** A number, to be compared as the nearest double. */
export function numberOf(value: unknown): number | undefined {
  if (value instanceof ExactNumber) return value.valueOf()
  return typeof value === 'number' ? value : undefined
}

/** The items of a list, or the one value, folded. */
export function setOf(value: unknown): Set<string> {
  return new Set((Array.isArray(value) ? value : [value]).map(fold))
}

function show(value: unknown): string {
  const text = typeof value === 'object' ? stringifyExactJson(value) : String(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

/** A text that reads like a number is shown as the text that it is. */
function showText(value: unknown): string {
  return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
    ? `the text "${show(value)}"`
    : show(value)
}

/** Most values of a list that a reason shows: the answer has a reason for each candidate that was left out. */
const MOST_SHOWN = 10

function showAll(items: readonly Scalar[], count = items.length): string {
  const shown = items.slice(0, MOST_SHOWN).map(show).join(', ')
  return count > MOST_SHOWN ? `${shown} and ${count - MOST_SHOWN} more` : shown
}

/** The first wanted values that a candidate lacks, as many as are shown: it may lack 10,000, and so may the next. */
function lacking(all: ReadonlyMap<string, Scalar>, own: ReadonlySet<string>): Scalar[] {
  const missing: Scalar[] = []
  for (const [folded, item] of all) {
    if (!own.has(folded)) missing.push(item)
    if (missing.length === MOST_SHOWN) break
  }
  return missing
}

/** A place, or `undefined` for anything else and for degrees beyond the globe. */
export function placeOf(value: unknown): Place | undefined {
  if (typeof value !== 'object' || value === null || !('latitude' in value) || !('longitude' in value)) {
    return undefined
  }
  const { latitude, longitude } = value
  const [north, east] = [numberOf(latitude), numberOf(longitude)]
  if (north === undefined || east === undefined) return undefined
  // Degrees beyond the globe are a mistake, such as latitude and longitude in each other's place.
  const isPlace = Math.abs(north) <= 90 && Math.abs(east) <= 180
  return isPlace ? { latitude: north, longitude: east } : undefined
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
