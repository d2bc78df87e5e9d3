import { AppError } from '../../errors.ts'
import { parseExactJson } from '../../formats/exact-json.ts'
import type { CollectionAnswer, CollectionQuery, Found } from '../candidate-index.ts'
import type { RowFilter } from '../loaded.ts'
import { noCollection, requireModel } from '../required.ts'
import { byScore } from '../rows.ts'
import { vectorLiteral } from './copy.ts'
import { countKept } from './count.ts'
import { termOf } from './facets.ts'
import { readStored, type StoredCollection } from './tables.ts'
import type { Transaction } from './transaction.ts'
import { type Where, whereOf } from './where.ts'

/**
 * Up to so many rows that a filter keeps are compared one by one, exactly: some 10 ms, and a narrow filter would leave
 * the index walking for rows that are not near.
 */
const MOST_EXACT = 10_000
/** How many neighbours the index looks at: so many times the rows that are wanted, within what pgvector takes. */
const EF_MORE = 8
const [LEAST_EF, MOST_EF] = [200, 1000]
/** Rows behind a filter of which the best are taken. */
const [LEAST_SEEN, MOST_SEEN] = [100, 2000]
/** A filter may leave out all that lies around the query; with 200, a tenth more of the best rows are missed then. */
const LEAST_EF_FILTERED = 400
/** How a search weighs time against what it may miss; the defaults are for everybody, others for who measures. */
export interface SearchBounds {
  /** Most rows that are compared one by one. */
  readonly mostExact?: number
  /** How many neighbours the index looks at, 1 to 1,000. */
  readonly ef?: number
}

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
  { mostExact = MOST_EXACT, ef = efOf(count, filter !== undefined) }: SearchBounds = {},
): Promise<CollectionAnswer> {
  const stored = await readStored(sql, name)
  if (!stored) throw noCollection('The database of COLLECTIONS', name)
  requireModel(name, stored.model, model)
  const conditions = conditionsOf(filter)
  const where = whereOf(conditions, 3)
  const kept = filter
    ? await countKept(sql, stored, whereOf(conditions, 1), mostExact)
    : { rows: stored.rows, estimated: false }
  const exact = kept.rows <= mostExact || queries.length === 0
  if (!exact) await tune(sql, ef)
  const found: Found[][] = []
  for (const query of queries) {
    const values = [vectorLiteral(query), String(count), ...where.values]
    const text = exact
      ? exactText(stored, where)
      : nearText(stored, where, seenOf(count, filter !== undefined))
    found.push((await sql.unsafe<FoundRow[]>(text, values)).map(toFound).sort(byScore))
  }
  const notes = filter ? await notesOf(sql, stored, filter, kept.rows) : []
  const { version, rows } = stored
  const excluded = { excluded: rows - kept.rows, ...(kept.estimated && { estimated: true }) }
  return { engine: 'pgvector', exact, version, rows, found, ...excluded, notes }
}

function conditionsOf(filter: RowFilter | undefined) {
  if (filter && !filter.conditions)
    throw new AppError('internal', 'A filter that is a function alone cannot be asked in PostgreSQL.')
  return filter?.conditions ?? {}
}

function efOf(count: number, isFiltered: boolean): number {
  return Math.min(MOST_EF, Math.max(isFiltered ? LEAST_EF_FILTERED : LEAST_EF, EF_MORE * count))
}

/** Behind a filter the index walks on past what it had looked at, and what comes then may be nearer than what came before. */
function seenOf(count: number, isFiltered: boolean): number {
  return isFiltered ? Math.max(count, Math.min(MOST_SEEN, Math.max(LEAST_SEEN, 4 * count))) : count
}

async function tune(sql: Transaction, ef: number): Promise<void> {
  const [neighbours, walked] = [Math.round(ef), MOST_WALKED]
  // Numbers of our own, in one message: with parameters each would take two.
  await sql.unsafe(
    `SET LOCAL hnsw.ef_search = ${neighbours}; SET LOCAL hnsw.iterative_scan = relaxed_order; SET LOCAL hnsw.max_scan_tuples = ${walked}`,
  )
}

/** Compares all rows that are kept: behind OFFSET no index of neighbours serves, and each distance is reckoned once. */
function exactText({ relation }: StoredCollection, where: Where): string {
  return `SELECT ${FOUND} FROM (SELECT ${NEAR} FROM ${relation} WHERE ${where.text} OFFSET 0) AS kept
    ORDER BY distance, position LIMIT $2::text::bigint`
}

/** The index gives rows nearly in order, and more than are wanted; these are the nearest of them. */
function nearText({ relation }: StoredCollection, where: Where, seen: number): string {
  return `WITH near AS MATERIALIZED (SELECT ${NEAR} FROM ${relation} WHERE ${where.text}
      ORDER BY vector <=> $1::text::halfvec LIMIT ${seen})
    SELECT ${FOUND} FROM near ORDER BY distance, position LIMIT $2::text::bigint`
}

const NEAR = 'position, id, fields, vector <=> $1::text::halfvec AS distance'
const FOUND = 'position::text, id, fields, 1 - distance AS score'

interface FoundRow {
  readonly position: string
  readonly id: string
  readonly fields: string
  readonly score: number
}

function toFound({ position, id, fields, score }: FoundRow): Found {
  return { id, index: Number(position) - 1, score, fields: parseExactJson(fields) as Found['fields'] }
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
