import type { StoredCollection } from './tables.ts'
import type { Transaction } from './transaction.ts'
import type { Where } from './where.ts'

/** Rows that a sample looks at: the share of rows that a filter keeps is found within about 1 % of all rows. */
const SAMPLE_ROWS = 20_000

/** How many rows a filter keeps. */
interface Kept {
  readonly rows: number
  /** Whether the number was reckoned from a sample, because to count them would read the whole collection. */
  readonly estimated: boolean
}

/**
 * Counts what a filter keeps up to `most` rows; of more, the number is reckoned from a sample: a filter that keeps half
 * of a hundred million rows is not read through with each search.
 *
 * @param where with its parameters from the first on
 */
export async function countKept(
  sql: Transaction,
  { relation, rows }: Pick<StoredCollection, 'relation' | 'rows'>,
  where: Where,
  most: number,
): Promise<Kept> {
  const counting = Math.max(most, SAMPLE_ROWS)
  const text = `SELECT count(*)::text AS kept FROM (SELECT FROM ${relation} WHERE ${where.text} LIMIT ${counting + 1}) AS kept`
  const [counted] = await sql.unsafe<{ kept: string }[]>(text, where.values)
  const kept = Number(counted!.kept)
  if (kept <= counting) return { rows: kept, estimated: false }
  // The same blocks each time, so that the same question has the same answer.
  const percent = Math.min(100, (100 * SAMPLE_ROWS) / rows)
  const sample = `SELECT count(*)::text AS of, (count(*) FILTER (WHERE ${where.text}))::text AS kept
    FROM ${relation} TABLESAMPLE SYSTEM (${percent.toFixed(6)}) REPEATABLE (1)`
  const [looked] = await sql.unsafe<{ of: string; kept: string }[]>(sample, where.values)
  const share = Number(looked!.of) === 0 ? 1 : Number(looked!.kept) / Number(looked!.of)
  return { rows: Math.min(rows, Math.max(kept, Math.round(rows * share))), estimated: true }
}
