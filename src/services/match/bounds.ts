import { AppError } from '../../errors.ts'
import type { Filters } from './filters.ts'

/**
 * Scores of one request: 1,000 queries with 1,000 candidates by 8 sections or models. They take 64 MB while it runs;
 * without a bound a body of 60 kB could ask for 8 GB.
 */
export const MOST_COMPARISONS = 8_000_000

/** Conditions of one request: each is asked of every candidate. */
export const MOST_CONDITIONS = 64

/** Values in all lists of the filters of one request. */
export const MOST_FILTER_VALUES = 50_000

/**
 * Skills of one side that are compared by the likeness of their vectors, and wanted ones that are looked for in texts:
 * both cost as much as the skills of both sides multiplied. Beyond them names alone decide, which costs their sum.
 */
export const MOST_LIKENED = 200

/** Explanations of one request, and skills of its queries that they speak of, again in each. */
export const MOST_EXPLANATIONS = 10_000
const MOST_EXPLAINED_SKILLS = 1_000_000

/**
 * Lets explanations pass that can be held.
 *
 * @param skills of all queries
 * @param each candidates that each query is explained with
 * @throws AppError `payload_too_large`
 */
export function requireExplainable(queries: number, skills: number, each: number): void {
  const [count, spoken] = [queries * each, skills * each]
  if (count > MOST_EXPLANATIONS) {
    throw tooLarge(
      'explain',
      `${count} results are to be explained`,
      MOST_EXPLANATIONS,
      'lower topK, or send fewer queries',
    )
  }
  if (spoken <= MOST_EXPLAINED_SKILLS) return
  const what = `Queries with ${skills} skills are to be explained with ${each} candidates each, ${spoken} in all`
  throw tooLarge('explain', what, MOST_EXPLAINED_SKILLS, 'lower topK, or send fewer skills')
}

/**
 * Lets a match pass whose scores can be held.
 *
 * @param ways models × sections
 * @throws AppError `payload_too_large`
 */
export function requireComparable(ways: number, queries: number, candidates: number): void {
  const comparisons = ways * queries * candidates
  if (comparisons <= MOST_COMPARISONS) return
  throw tooLarge(
    'queries',
    `${queries} queries with ${candidates} candidates by ${ways} models and sections are ${comparisons} comparisons`,
    MOST_COMPARISONS,
    'send fewer of them, or several requests',
  )
}

/**
 * Lets filters pass that every candidate can be held against.
 *
 * @throws AppError `payload_too_large`
 */
export function requireFewConditions(filters: Filters): void {
  const conditions = Object.values(filters)
  if (conditions.length > MOST_CONDITIONS) {
    throw tooLarge(
      'filters',
      `The field filters has ${conditions.length} conditions`,
      MOST_CONDITIONS,
      'leave the others out',
    )
  }
  const values = conditions
    .flatMap(({ in: allowed, hasAll, hasAny }) => [allowed, hasAll, hasAny])
    .reduce((sum, list) => sum + (list?.length ?? 0), 0)
  if (values <= MOST_FILTER_VALUES) return
  throw tooLarge(
    'filters',
    `The lists of the field filters have ${values} values together`,
    MOST_FILTER_VALUES,
    'send fewer, or several requests',
  )
}

function tooLarge(field: string, what: string, max: number, remedy: string): AppError {
  return new AppError('payload_too_large', `${what}; expected at most ${max}; ${remedy}.`, {
    details: { field, max },
  })
}
