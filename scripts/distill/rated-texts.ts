import { AppError } from '../../src/errors.ts'
import { type FileOptions, openRows } from '../console/rows.ts'
import type { RatedPair } from '../train/data.ts'

const LEAST_PAIRS = 20

/**
 * Pairs of texts with a rating each, from the first three columns of a file of any format that jobs read, with a header or
 * without one.
 *
 * @throws AppError `invalid_request` that names the file and the line; `artifact_missing` without the file
 */
export async function readRatedTexts(path: string, hints: FileOptions): Promise<RatedPair[]> {
  const { file, records } = await openRows(path, hints)
  const pairs: RatedPair[] = []
  // Where the third name is a number, the first row is no header.
  const columns = file.layout.columns ?? file.names
  const first = pairOf(columns)
  if (first) pairs.push(first)
  for await (const { fields, line, problem } of records) {
    // By the list of columns, for an object puts names that are numbers first.
    const pair = pairOf(columns.map((name) => fields?.[name]))
    if (!pair) {
      throw new AppError(
        'invalid_request',
        `${path}:${line} is no rated pair${problem ? ` (${problem})` : ''}; expected text, text and a number as the first three columns, such as left,right,score.`,
        { details: { line } },
      )
    }
    pairs.push(pair)
  }
  if (pairs.length >= LEAST_PAIRS) return pairs
  throw new AppError(
    'invalid_request',
    `${path} has ${pairs.length} rated pairs; expected at least ${LEAST_PAIRS}.`,
  )
}

function pairOf([left, right, rating]: readonly unknown[]): RatedPair | undefined {
  if (typeof left !== 'string' || typeof right !== 'string') return undefined
  if (typeof rating !== 'number' && (typeof rating !== 'string' || rating.trim() === '')) return undefined
  const score = Number(rating)
  return Number.isFinite(score) ? { left, right, score } : undefined
}
