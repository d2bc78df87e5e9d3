import { AppError } from '../../errors.ts'
import { parseExactJson } from '../../formats/exact-json.ts'
import type { CollectionAnswer, CollectionQuery, Found } from '../candidate-index.ts'
import type { RowFilter } from '../loaded.ts'
import { requireModel } from '../required-model.ts'
import type { Transaction } from './client.ts'
import { vectorLiteral } from './copy.ts'
import { termOf } from './facets.ts'
import { readStored, type StoredCollection } from './tables.ts'
import { type Where, whereOf } from './where.ts'
import { noCollection } from './write.ts'

/**
 * Up to so many rows that a filter keeps are compared one by one, exactly: some 10 ms, and a narrow filter would leave
 * the index walking for rows that are not near.
 */
const MOST_EXACT = 10_000
/** How many neighbours the index looks at: so many times the rows that are wanted, within what pgvector takes. */
const EF_MORE = 8
const [LEAST_EF, MOST_EF] = [200, 1000]
/** Rows that a search with a filter may walk over, at most; what is found then is all there is to answer. */
const MOST_WALKED = 200_000
/** Rows whose names of fields a sentence about a misspelled filter may go by. */
const MOST_JUDGED = 200

/**
 * Searches within a transaction that sees one moment of the database.
 *
 * @throws AppError `invalid_request` for a collection that is not there or of another model
 */
export async function findRows(
  sql: Transaction,
  { name, model, queries, count, filter }: CollectionQuery,
): Promise<CollectionAnswer> {
  const stored = await readStored(sql, name)
  if (!stored) throw noCollection(name)
  requireModel(name, stored.model, model)
  const where = whereOf(conditionsOf(filter), 3)
  const kept = filter ? await countKept(sql, stored, where) : stored.rows
  const exact = kept <= MOST_EXACT || queries.length === 0
  if (!exact) await tune(sql, count)
  const found: Found[][] = []
  for (const query of queries) {
    const values = [vectorLiteral(query), String(count), ...where.values]
    const text = exact ? exactText(stored, where) : nearText(stored, where)
    found.push((await sql.unsafe<FoundRow[]>(text, values)).map(toFound).sort(byScore))
  }
  const notes = filter ? await notesOf(sql, stored, filter, kept) : []
  const { version, rows } = stored
  return { engine: 'pgvector', exact, version, rows, found, excluded: rows - kept, notes }
}

function conditionsOf(filter: RowFilter | undefined) {
  if (filter && !filter.conditions)
    throw new AppError('internal', 'A filter that is a function alone cannot be asked in PostgreSQL.')
  return filter?.conditions ?? {}
}

async function tune(sql: Transaction, count: number): Promise<void> {
  const ef = Math.min(MOST_EF, Math.max(LEAST_EF, EF_MORE * count))
  await sql.unsafe(
    `SELECT set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'strict_order', true),
      set_config('hnsw.max_scan_tuples', $2, true)`,
    [String(ef), String(MOST_WALKED)],
  )
}

/** The first two parameters are those of the search, which counts rows without them. */
async function countKept(sql: Transaction, { relation }: StoredCollection, where: Where): Promise<number> {
  const text = `SELECT count(*)::text AS kept FROM ${relation} WHERE $1::text IS NOT NULL AND $2::text IS NOT NULL AND ${where.text}`
  const [row] = await sql.unsafe<{ kept: string }[]>(text, ['', '', ...where.values])
  return Number(row!.kept)
}

/** Compares all rows that are kept; the index of neighbours cannot serve an order by a sum. */
function exactText({ relation }: StoredCollection, where: Where): string {
  return `WITH best AS (SELECT position, vector <=> $1::text::halfvec AS distance FROM ${relation} WHERE ${where.text}
      ORDER BY (vector <=> $1::text::halfvec) + 0, position LIMIT $2::text::bigint)
    SELECT position::text, id, fields, 1 - distance AS score FROM best JOIN ${relation} USING (position)`
}

function nearText({ relation }: StoredCollection, where: Where): string {
  return `SELECT position::text, id, fields, 1 - (vector <=> $1::text::halfvec) AS score FROM ${relation} WHERE ${where.text}
    ORDER BY vector <=> $1::text::halfvec LIMIT $2::text::bigint`
}

interface FoundRow {
  readonly position: string
  readonly id: string
  readonly fields: string
  readonly score: number
}

function toFound({ position, id, fields, score }: FoundRow): Found {
  return { id, index: Number(position) - 1, score, fields: parseExactJson(fields) as Found['fields'] }
}

function byScore(one: Found, other: Found): number {
  return other.score - one.score || one.index - other.index
}

/**
 * The filter's sentences about all rows. They need only know which fields and kinds of values there are: one row of each
 * is judged, found by its term, and some more whose names of fields may be the right ones.
 */
async function notesOf(
  sql: Transaction,
  { relation, rows }: StoredCollection,
  filter: RowFilter,
  kept: number,
): Promise<readonly string[]> {
  if (kept === 0 && rows > 0) {
    const judge = async (text: string, values: string[]) => {
      for (const { fields } of await sql.unsafe<{ fields: string }[]>(text, values))
        filter.keeps(parseExactJson(fields) as Found['fields'])
    }
    await judge(`SELECT fields FROM ${relation} LIMIT ${MOST_JUDGED}`, [])
    for (const field of Object.keys(filter.conditions ?? {}))
      for (const kind of ['there', 'number', 'place'] as const)
        await judge(`SELECT fields FROM ${relation} WHERE terms @> ARRAY[$1::text] LIMIT 1`, [
          termOf(kind, field),
        ])
  }
  return filter.notes?.() ?? []
}
