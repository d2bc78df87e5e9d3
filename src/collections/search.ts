import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Context, throwIfDone } from '../context.ts'
import { type Segment, ZERO_CODE } from '../formats/collection-segment.ts'
import { byScore } from './rows.ts'
import type { Scorer } from './scorer.ts'

/** A segment in memory, with what is left out of it. */
export interface SearchedSegment {
  readonly segment: Segment
  /** 0, or `-Infinity` for a row that is left out; absent when none is. */
  readonly removed?: Float32Array | undefined
}

/** A row of a collection and its score. */
interface Hit {
  /** Position among all rows, removed ones included. */
  readonly index: number
  readonly segment: Segment
  readonly row: number
  readonly score: number
}

/**
 * The int8 query cannot order rows whose scores are almost equal: this many times the rows that are wanted, and no
 * fewer than LEAST_RESCORED, are scored again with the query in float32.
 */
const MORE = 4
const LEAST_RESCORED = 32
/**
 * The runtime sums in float32, whose rounding may exchange rows of equal score: so many more rows than wanted are
 * scored again in float64.
 */
const MORE_EXACT = 16

/**
 * The `count` rows of highest dot product with the query, best first, equal ones by position. Exact for float32; int8
 * rows are found by their codes and scored again with the whole query.
 *
 * Between two segments other work of this thread has its turn.
 *
 * @throws AppError `deadline_exceeded`
 */
export async function searchSegments(
  segments: readonly SearchedSegment[],
  query: Float32Array,
  count: number,
  { scorer, context }: SearchParts,
): Promise<Hit[]> {
  const found: Hit[] = []
  let start = 0
  let wanted = count
  for (const { segment, removed } of segments) {
    throwIfDone(context)
    wanted = segment.encoding === 'int8' ? Math.max(LEAST_RESCORED, MORE * count) : count + MORE_EXACT
    for (const { row, score } of await scorer.best(segment, query, wanted, removed)) {
      found.push({ index: start + row, segment, row, score })
    }
    start += segment.rows
    await nextTurn()
  }
  return found
    .sort(byScore)
    .slice(0, wanted)
    .map((hit) => ({ ...hit, score: scoreRow(hit.segment, query, hit.row) }))
    .sort(byScore)
    .slice(0, count)
}

/** What a search needs beside the rows. */
interface SearchParts {
  readonly scorer: Scorer
  readonly context: Context
}

/** The dot product of one row and the query, in float64. */
export function scoreRow(
  { columns, vectors, codes, scales }: Segment,
  query: Float32Array,
  row: number,
): number {
  const start = row * columns
  let sum = 0
  if (vectors) {
    for (let index = 0; index < columns; index++) sum += vectors[start + index]! * query[index]!
    return sum
  }
  for (let index = 0; index < columns; index++) sum += (codes![start + index]! - ZERO_CODE) * query[index]!
  return sum * scales![row]!
}
