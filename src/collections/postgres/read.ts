import { parseExactJson } from '../../formats/exact-json.ts'
import { normalizeRows } from '../../vector/normalize.ts'
import type { CollectionRow } from '../write.ts'
import type { StoredCollection } from './tables.ts'
import type { Transaction } from './transaction.ts'

/** Rows of one question: some megabytes. */
const PAGE_ROWS = 500

/** The rows whose ids come after one, in the order of the index of ids; the first ones without. */
export async function readPage(
  sql: Transaction,
  { relation }: StoredCollection,
  after: string | undefined,
): Promise<readonly CollectionRow[]> {
  const where = after === undefined ? '$1::text IS NULL' : 'id > $1::text'
  const text = `SELECT id, fields, vector::text FROM ${relation} WHERE ${where} ORDER BY id LIMIT ${PAGE_ROWS}`
  const rows = await sql.unsafe<{ id: string; fields: string; vector: string }[]>(text, [after ?? null])
  return rows.map(({ id, fields, vector }) => ({
    id,
    fields: parseExactJson(fields) as CollectionRow['fields'],
    vector: toUnit(Float32Array.from(JSON.parse(vector))),
  }))
}

/** All rows, page by page. */
export async function* readPages(
  page: (after: string | undefined) => Promise<readonly CollectionRow[]>,
): AsyncGenerator<CollectionRow> {
  for (let rows = await page(undefined); rows.length > 0; rows = await page(rows.at(-1)!.id)) yield* rows
}

/** The 11 bits of each number that halfvec keeps leave the length beside 1. */
function toUnit(vector: Float32Array): Float32Array {
  normalizeRows({ data: vector, rows: 1, columns: vector.length })
  return vector
}
