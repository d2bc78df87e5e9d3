import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { foldName } from '../formats/column-names.ts'
import type { Guard } from './guards.ts'
import { type LearningFile, openRecords, readPairs } from './read-files.ts'

const LEAST_RATED = 20

/**
 * A guard in a file: pairs, where a column is called query; else texts that people have rated: text, text and number as
 * the first three columns, with a header or without one, as STS-B has them.
 *
 * @throws AppError `invalid_request` that names the wrong rows, or says what the file is
 */
export async function readGuard(file: LearningFile, context: Context): Promise<Guard> {
  const { columns, records } = await openRecords(file, context)
  if (columns.some((name) => foldName(name) === 'query')) {
    const { rows } = await readPairs(file, context)
    return { kind: 'pairs', name: file.name, pairs: rows }
  }
  // Where the third name is a number, the first row is no header.
  const first = ratedOf(columns)
  const rated = first ? [first] : []
  for await (const { fields, line, problem } of records) {
    // By the list of columns, for an object puts names that are numbers first.
    const pair = ratedOf(columns.map((name) => fields?.[name]))
    if (!pair) throw noGuard(`${file.name}:${line}`, problem)
    rated.push(pair)
  }
  if (rated.length >= LEAST_RATED) return { kind: 'rated', name: file.name, rated }
  throw noGuard(file.name, `it has ${rated.length} rated rows, and at least ${LEAST_RATED} tell something`)
}

function ratedOf([left, right, rating]: readonly unknown[]) {
  if (typeof left !== 'string' || typeof right !== 'string') return undefined
  if (typeof rating !== 'number' && (typeof rating !== 'string' || rating.trim() === '')) return undefined
  const score = Number(rating)
  return Number.isFinite(score) ? { left, right, score } : undefined
}

function noGuard(place: string, problem: string | undefined): AppError {
  return new AppError(
    'invalid_request',
    `${place} is no guard${problem ? ` (${problem})` : ''}; expected pairs with the column query, or text, text and a number as the first three columns, such as left,right,score; or the folder of a set of BEIR.`,
    { details: { field: 'guard' } },
  )
}
