import { randomBytes } from 'node:crypto'
import { AppError, invalid } from '../../errors.ts'
import { isRecord } from '../../is-record.ts'
import type { IndexInfo, NamedInfo } from '../candidate-index.ts'
import type { CollectionModel } from '../manifest.ts'
import { EXTENSION_COLUMNS, requireExtension } from './extension.ts'
import type { Transaction } from './transaction.ts'

/** Everything that the tool makes lies here. */
const SCHEMA = 'serverless_embeddings'
const LIST = `${SCHEMA}.collections`

/** The newest version of a collection, and the table that has its rows. */
export interface StoredCollection extends IndexInfo {
  /** Qualified; only {@link newRelation} makes such names, so that they may stand in SQL. */
  readonly relation: string
  /** The table of the version before the last build, kept for those who search it still. */
  readonly previous: string | undefined
}

/** pgvector keeps no wider halfvec in an index. */
const MOST_DIMENSIONS = 4000

/** A name for the rows of one build. */
export function newRelation(): string {
  return `${SCHEMA}.rows_${randomBytes(8).toString('hex')}`
}

/**
 * The newest version of a collection; `undefined` where there is none, or nothing at all.
 *
 * @param lock whether no other writer may change it until the transaction ends
 */
export async function readStored(
  sql: Transaction,
  name: string,
  { lock = false } = {},
): Promise<StoredCollection | undefined> {
  const [there] = await sql.unsafe<{ there: boolean }[]>(
    `SELECT to_regclass('${LIST}') IS NOT NULL AS there, ${EXTENSION_COLUMNS}`,
  )
  if (!there?.there) return undefined
  requireExtension(there)
  const text = `SELECT version::text, relation, previous, model, rows::text FROM ${LIST} WHERE name = $1${lock ? ' FOR UPDATE' : ''}`
  const [row] = await sql.unsafe<Record<string, unknown>[]>(text, [name])
  return row && toStored(name, row)
}

/** The newest versions of all collections, by name; none where the tool has made nothing yet. */
export async function listStored(sql: Transaction): Promise<readonly NamedInfo[]> {
  const [there] = await sql.unsafe<{ there: boolean }[]>(`SELECT to_regclass('${LIST}') IS NOT NULL AS there`)
  if (!there?.there) return []
  const text = `SELECT name, version::text, relation, previous, model, rows::text FROM ${LIST} ORDER BY name COLLATE "C"`
  const rows = await sql.unsafe<Record<string, unknown>[]>(text)
  return rows.map((row) => {
    const { version, model, rows } = toStored(String(row.name), row)
    return { name: String(row.name), version, model, rows }
  })
}

/** Deletes a collection within a transaction, when nobody changes it; `false` when there is none. */
export async function dropStored(sql: Transaction, name: string): Promise<boolean> {
  await lockName(sql, name)
  const stored = await readStored(sql, name, { lock: true })
  if (!stored) return false
  await sql.unsafe(`DELETE FROM ${LIST} WHERE name = $1`, [name])
  const tables = [stored.relation, stored.previous].filter((relation) => relation !== undefined)
  await sql.unsafe(`DROP TABLE IF EXISTS ${tables.join(', ')}`)
  return true
}

function toStored(name: string, { version, relation, previous, model, rows }: Record<string, unknown>) {
  const whole = typeof relation === 'string' && RELATION.test(relation) && isModel(model)
  if (!whole) {
    throw new AppError(
      'artifact_corrupt',
      `The entry of collection ${name} in ${LIST} is not as it was written; build the collection again.`,
      { retryable: false },
    )
  }
  return {
    version: Number(version),
    relation,
    previous: typeof previous === 'string' && RELATION.test(previous) ? previous : undefined,
    model,
    rows: Number(rows),
  }
}

const RELATION = /^serverless_embeddings\.rows_[0-9a-f]{16}$/

function isModel(model: unknown): model is CollectionModel {
  return isRecord(model) && typeof model.id === 'string' && typeof model.dimensions === 'number'
}

/**
 * Has the extension, the schema and the list of collections there. One writer at a time does that, and each waits for
 * those who write the same collection.
 */
export async function prepareTables(sql: Transaction, name: string): Promise<void> {
  await lockName(sql, name)
  if (await isPrepared(sql)) return
  await sql.unsafe("SELECT pg_advisory_xact_lock(hashtextextended('serverless_embeddings', 0))")
  if (await isPrepared(sql)) return
  await sql.unsafe('CREATE EXTENSION IF NOT EXISTS vector')
  await isPrepared(sql)
  await sql.unsafe(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`)
  await sql.unsafe(`CREATE TABLE IF NOT EXISTS ${LIST} (
    name text PRIMARY KEY, version bigint NOT NULL, relation text NOT NULL, previous text, model jsonb NOT NULL,
    rows bigint NOT NULL, changed timestamptz NOT NULL DEFAULT now())`)
}

async function lockName(sql: Transaction, name: string): Promise<void> {
  await sql.unsafe('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`serverless_embeddings/${name}`])
}

async function isPrepared(sql: Transaction): Promise<boolean> {
  const text = `SELECT to_regclass('${LIST}') IS NOT NULL AS ready, ${EXTENSION_COLUMNS}`
  const [row] = await sql.unsafe<{ ready: boolean; version: string | null }[]>(text)
  if (row?.version) requireExtension(row)
  return row?.ready === true && row.version !== null
}

/** Makes the table of a build, without indexes: rows are copied faster so. */
export async function createRows(sql: Transaction, relation: string, dimensions: number): Promise<void> {
  if (dimensions > MOST_DIMENSIONS) {
    throw invalid(
      'model',
      `The model makes vectors of ${dimensions} numbers; pgvector indexes ${MOST_DIMENSIONS} at most; ask the model for fewer dimensions, or keep the collection in a folder or bucket.`,
    )
  }
  await sql.unsafe(`CREATE TABLE ${relation} (
    position bigint GENERATED ALWAYS AS IDENTITY, id text NOT NULL, fields text NOT NULL, terms text[] NOT NULL,
    numbers jsonb NOT NULL, wholes jsonb NOT NULL, places jsonb NOT NULL, vector halfvec(${dimensions}) NOT NULL)`)
}

/** Neighbours a row and how many are looked at while it finds its place; twice the defaults of pgvector. */
const LINKS = 24
const EF_CONSTRUCTION = 128
/** What one build may take at least: some 350,000 rows of 256 numbers. Past it, or what the role has, it goes on more slowly. */
const BUILD_MEMORY = '512MB'

/** Makes the indexes of a build, when its rows are there. */
export async function createIndexes(sql: Transaction, relation: string): Promise<void> {
  await sql.unsafe(
    `SELECT set_config('maintenance_work_mem', $1, true)
      WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes($1)`,
    [BUILD_MEMORY],
  )
  await sql.unsafe(`ALTER TABLE ${relation} ADD PRIMARY KEY (id)`)
  await sql.unsafe(`CREATE INDEX ON ${relation} USING gin (terms)`)
  const create = `CREATE INDEX ON ${relation} USING hnsw (vector halfvec_cosine_ops) WITH (m = ${LINKS}, ef_construction = ${EF_CONSTRUCTION});`
  // Several workers share the memory, which has to be in /dev/shm: containers have 64 MB there. One worker needs none.
  await sql.unsafe(
    `DO $$ BEGIN ${create}
    EXCEPTION WHEN disk_full OR out_of_memory THEN SET LOCAL max_parallel_maintenance_workers = 0; ${create} END $$`,
  )
  await sql.unsafe(`ANALYZE ${relation}`)
}

/** Makes a version the newest one. */
export async function writeStored(
  sql: Transaction,
  name: string,
  { version, relation, previous, model, rows }: StoredCollection,
): Promise<void> {
  await sql.unsafe(
    `INSERT INTO ${LIST} (name, version, relation, previous, model, rows) VALUES ($1, $2::text::bigint, $3, $4, $5::text::jsonb, $6::text::bigint)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, relation = excluded.relation,
      previous = excluded.previous, model = excluded.model, rows = excluded.rows, changed = now()`,
    [name, String(version), relation, previous ?? null, JSON.stringify(model), String(rows)],
  )
}
