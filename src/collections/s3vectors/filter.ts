import type { Condition } from '../conditions.ts'
import type { VectorFilter } from './client.ts'
import type { Entry } from './entry.ts'
import { LIMITS } from './limits.ts'
import { NAMES, nameOf, termOf, WIDE } from './metadata.ts'

/** How the service is asked. */
export interface FilterPlan {
  /** Keeps every row that the conditions keep, and may keep more: found rows are judged again. */
  readonly filter: VectorFilter
  /** Whether it keeps no other rows. */
  readonly whole: boolean
  /** Whether no row can fit, so that nothing need be asked. */
  readonly none: boolean
}

/** The filters of a match as one of the service, which also says which rows of the index count. */
export function planFilter(conditions: Readonly<Record<string, Condition>>, entry: Entry): FilterPlan {
  const seen = visibleOf(entry)
  const clauses = Object.entries(conditions).flatMap(([field, condition]) => clausesOf(field, condition))
  let room = LIMITS.constraints - countAll(seen) - 1
  const taken = clauses.filter(({ filters }) => {
    const needed = countAll(filters)
    if (needed > room) return false
    room -= needed
    return true
  })
  const asked = taken.flatMap(({ filters }) => filters)
  const wanted =
    entry.wide === 0 || asked.length === 0 ? asked : [{ $or: [{ [NAMES.terms]: { $eq: WIDE } }, and(asked)] }]
  return {
    filter: and([...seen, ...wanted]),
    whole: taken.length === clauses.length && entry.wide === 0 && clauses.every(({ whole }) => whole),
    none: Object.values(conditions).some(
      ({ in: allowed, hasAny }) => allowed?.length === 0 || hasAny?.length === 0,
    ),
  }
}

interface Clause {
  readonly filters: readonly VectorFilter[]
  readonly whole: boolean
}

/** Rows that were written by a change that counts, and taken out by none. */
function visibleOf({ visible, broken }: Entry): VectorFilter[] {
  const since = [
    { [NAMES.since]: { $lte: visible } },
    ...(broken.length === 0 ? [] : [{ [NAMES.since]: { $nin: broken } }]),
  ]
  const later = { [NAMES.until]: { $gt: visible } }
  return [...since, broken.length === 0 ? later : { $or: [later, { [NAMES.until]: { $in: broken } }] }]
}

function and(filters: readonly VectorFilter[]): VectorFilter {
  return filters.length === 1 ? filters[0]! : { $and: filters }
}

/** Comparisons of a filter, each value of a list being one. */
function constraintsOf(filter: VectorFilter): number {
  return Object.entries(filter).reduce((sum, [name, value]) => {
    if (name === '$and' || name === '$or') return sum + countAll(value as readonly VectorFilter[])
    const list = Object.values(value as object).find(Array.isArray)
    return sum + (list?.length ?? 1)
  }, 0)
}

function countAll(filters: readonly VectorFilter[]): number {
  return filters.reduce((sum, filter) => sum + constraintsOf(filter), 0)
}

/** A field that is missing has none of these, so that its being there need not be asked. */
function clausesOf(field: string, condition: Condition): Clause[] {
  const { equals, in: allowed, min, max, hasAll, hasAny, within } = condition
  const terms = (kind: 'is' | 'has', values: readonly unknown[]): VectorFilter => ({
    [NAMES.terms]: {
      $in: values.flatMap((value) => [termOf(kind, field, value), termOf('both', field, value)]),
    },
  })
  const clauses: Clause[] = []
  const add = (whole: boolean, ...filters: VectorFilter[]) => clauses.push({ filters, whole })
  if (equals !== undefined) add(true, terms('is', [equals]))
  if (allowed && allowed.length > 0) add(true, terms('is', allowed))
  if (hasAny && hasAny.length > 0) add(true, terms('has', hasAny))
  // That a list has nothing of nothing is true of every row that has the field, which is judged when it is found.
  if (hasAll?.length === 0) add(false)
  for (const item of hasAll ?? []) add(true, terms('has', [item]))
  // Whole numbers beyond 2^53 are compared digit for digit when they have been found.
  const exact = (bound: number) =>
    Number.isInteger(bound) === false || Math.abs(bound) < Number.MAX_SAFE_INTEGER
  const number = nameOf('number', field)
  if (min !== undefined) add(exact(min), { [number]: { $gte: min } })
  if (max !== undefined) add(exact(max), { [number]: { $lte: max } })
  if (within) add(false, ...boxAround(field, within))
  return clauses
}

const KILOMETRES_PER_DEGREE = (Math.PI / 180) * 6371
/** Wider than rounding could be, and narrower than a street. */
const ROUNDING = 1e-6

/** The degrees between which a circle lies; near a pole or the date line only its latitudes. */
function boxAround(
  field: string,
  { latitude, longitude, kilometres }: NonNullable<Condition['within']>,
): VectorFilter[] {
  const between = (name: string, middle: number, reach: number): VectorFilter[] => [
    { [name]: { $gte: middle - reach - ROUNDING } },
    { [name]: { $lte: middle + reach + ROUNDING } },
  ]
  const reach = kilometres / KILOMETRES_PER_DEGREE
  const north = between(nameOf('latitude', field), latitude, reach)
  const highest = Math.abs(latitude) + reach
  if (highest >= 89) return north
  const radians = Math.PI / 180
  // Where a circle reaches farthest to the side: asin(sin(reach) / cos(latitude)), beyond which there is no point of it.
  const sine = Math.sin(reach * radians) / Math.cos(latitude * radians)
  const side = sine >= 1 ? 180 : Math.asin(sine) / radians
  if (longitude - side < -180 || longitude + side > 180) return north
  return [...north, ...between(nameOf('longitude', field), longitude, side)]
}
