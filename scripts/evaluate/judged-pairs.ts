import { existsSync, readFileSync } from 'node:fs'
import { isRecord } from '../../src/is-record.ts'

/** A query with the candidates that somebody has graded for it, in the order of the file. */
export interface GradedQuery {
  readonly query: string
  readonly candidates: readonly string[]
  /** One a candidate, 0 and more. */
  readonly grades: readonly number[]
  /** The group of people that a candidate belongs to, where the file says so. */
  readonly groups: readonly (string | undefined)[]
}

interface Graded {
  readonly grade: number
  readonly group: string | undefined
}

/**
 * Reads graded pairs: `{"query": "…", "candidate": "…", "grade": 1, "group": "…"}` a line; a grade that is left out is 1,
 * and a group may be left out.
 *
 * @throws TypeError that names the line which is not as it should be, or the file without a query that can be ranked
 */
export function readJudgedPairs(path: string): GradedQuery[] {
  const byQuery = new Map<string, Map<string, Graded>>()
  if (!existsSync(path)) throw new TypeError(`There is no file of pairs ${path}; name it with --pairs.`)
  // Windows begins files with a mark of its own.
  const lines = readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .split('\n')
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const { query, candidate, ...graded } = pairOf(line, `${path}, line ${index + 1},`)
    const own = byQuery.get(query) ?? new Map<string, Graded>()
    byQuery.set(query, own.set(candidate, graded))
  }
  const queries = [...byQuery].map(([query, graded]) => ({
    query,
    candidates: [...graded.keys()],
    grades: Array.from(graded.values(), ({ grade }) => grade),
    groups: Array.from(graded.values(), ({ group }) => group),
  }))
  const ranked = queries.filter(({ grades }) => grades.length > 1 && grades.some((grade) => grade > 0))
  if (ranked.length > 0) return ranked
  throw new TypeError(
    `${path} has ${queries.length} queries, none with two candidates of which one is right; add pairs with "grade": 0.`,
  )
}

function pairOf(line: string, place: string) {
  const pair = parse(line)
  if (isRecord(pair)) {
    const { query, candidate, grade = 1, group } = pair
    const isPair = typeof query === 'string' && typeof candidate === 'string'
    const isGrouped = group === undefined || typeof group === 'string'
    if (isPair && isGrouped && typeof grade === 'number' && grade >= 0) {
      return { query, candidate, grade, group: group || undefined }
    }
  }
  throw new TypeError(`${place} is no pair; expected {"query": "…", "candidate": "…", "grade": 1}.`)
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
