import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Context } from '../../context.ts'
import { isBroken } from '../broken-text.ts'
import type { IndexWrite } from '../candidate-index.ts'
import { checkedRows } from '../checked-rows.ts'
import { noCollection, requireSameModel } from '../required.ts'
import type { CollectionRow } from '../write.ts'
import { COPY_COLUMNS, copyLine } from './copy.ts'
import {
  createIndexes,
  createRows,
  newRelation,
  readStored,
  type StoredCollection,
  writeStored,
} from './tables.ts'
import type { Transaction } from './transaction.ts'

/**
 * Builds a collection within a transaction: a table of its own, which the list names at the end. The table before the
 * last build goes; that of the last build stays for those who search it.
 */
export async function buildRows(
  sql: Transaction,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  { model, repeatedIds }: IndexWrite,
  context: Context,
): Promise<StoredCollection> {
  const before = await readStored(sql, name, { lock: true })
  const relation = newRelation()
  await createRows(sql, relation, model.dimensions)
  await copyRows(sql, relation, rows, { model, repeatedIds }, context)
  if (repeatedIds === 'last') await dropRepeated(sql, relation)
  await createIndexes(sql, relation)
  const [counted] = await sql.unsafe<{ rows: string }[]>(`SELECT count(*)::text AS rows FROM ${relation}`)
  const stored = {
    version: (before?.version ?? 0) + 1,
    relation,
    previous: before?.relation,
    model,
    rows: Number(counted!.rows),
  }
  await writeStored(sql, name, stored)
  if (before?.previous !== undefined) await sql.unsafe(`DROP TABLE IF EXISTS ${before.previous}`)
  return stored
}

/** By its schema: a user who looks elsewhere first may have a table of that name. */
const ADDED = 'pg_temp.added'

/** Adds rows within a transaction; they are copied beside the collection first, so that a bad one changes nothing. */
export async function addToRows(
  sql: Transaction,
  name: string,
  rows: AsyncIterable<CollectionRow>,
  settings: IndexWrite,
  context: Context,
): Promise<StoredCollection> {
  const before = await readStored(sql, name, { lock: true })
  if (!before) return buildRows(sql, name, rows, settings, context)
  requireSameModel(name, before.model, settings.model)
  const { relation, model } = before
  await sql.unsafe(`CREATE TEMPORARY TABLE ${ADDED} (position bigint GENERATED ALWAYS AS IDENTITY, id text, fields text, terms text[],
    numbers jsonb, wholes jsonb, places jsonb, vector halfvec(${model.dimensions})) ON COMMIT DROP`)
  await copyRows(sql, ADDED, rows, settings, context)
  if (settings.repeatedIds === 'last') await dropRepeated(sql, ADDED)
  const { count: gone } = await sql.unsafe(`DELETE FROM ${relation} WHERE id IN (SELECT id FROM ${ADDED})`)
  const { count: come } = await sql.unsafe(
    `INSERT INTO ${relation} (${COPY_COLUMNS}) SELECT ${COPY_COLUMNS} FROM ${ADDED} ORDER BY position`,
  )
  const stored = { ...before, version: before.version + 1, rows: before.rows - gone + come }
  await writeStored(sql, name, stored)
  return stored
}

/** Takes rows out within a transaction. */
export async function removeFromRows(
  sql: Transaction,
  name: string,
  ids: ReadonlySet<string>,
): Promise<StoredCollection & { removed: number }> {
  const before = await readStored(sql, name, { lock: true })
  if (!before) throw noCollection('The database of COLLECTIONS', name)
  // No row has such an id, and PostgreSQL refuses to hear of it.
  const known = [...ids].filter((id) => !id.includes('\u0000') && !isBroken(id))
  const { count: removed } = await sql.unsafe(
    `DELETE FROM ${before.relation} WHERE id IN (SELECT jsonb_array_elements_text($1::text::jsonb))`,
    [JSON.stringify(known)],
  )
  const stored = { ...before, version: before.version + 1, rows: before.rows - removed }
  await writeStored(sql, name, stored)
  return { ...stored, removed }
}

async function copyRows(
  sql: Transaction,
  relation: string,
  rows: AsyncIterable<CollectionRow>,
  settings: IndexWrite,
  context: Context,
): Promise<void> {
  const target = await sql.copyFrom(`COPY ${relation} (${COPY_COLUMNS}) FROM STDIN`)
  await pipeline(Readable.from(linesOf(rows, settings, context)), target)
}

async function* linesOf(
  rows: AsyncIterable<CollectionRow>,
  settings: IndexWrite,
  context: Context,
): AsyncGenerator<string> {
  for await (const row of checkedRows(rows, settings, context)) yield copyLine(row)
}

async function dropRepeated(sql: Transaction, relation: string): Promise<void> {
  await sql.unsafe(
    `DELETE FROM ${relation} AS old USING (SELECT id, max(position) AS position FROM ${relation} GROUP BY id HAVING count(*) > 1) AS last
    WHERE old.id = last.id AND old.position < last.position`,
  )
}
