import type { NamedInfo } from '../candidate-index.ts'
import { EXTENSION_COLUMNS } from './extension.ts'
import { listStored } from './tables.ts'
import type { Transaction } from './transaction.ts'

/** What a database is and lets this user do, and the collections in it. */
export interface DatabaseFacts {
  /** Version of PostgreSQL, such as `16.14`. */
  readonly server: string
  /** Versions of pgvector: in this database, and the one that the server could give it. */
  readonly extension: string | undefined
  readonly available: string | undefined
  /** Whether its types are found without the name of a schema. */
  readonly reachable: boolean
  /** Whether the user may make the schema of collections, and tables in it. */
  readonly mayBuild: boolean
  /** Whether it answers reads alone. */
  readonly isReplica: boolean
  /** Most connections of all programs together. */
  readonly connections: number
  readonly collections: readonly NamedInfo[]
}

/** Looks at a database within a transaction; nothing is changed. */
export async function inspectDatabase(sql: Transaction): Promise<DatabaseFacts> {
  const [row] = await sql.unsafe(`SELECT current_setting('server_version') AS server, ${EXTENSION_COLUMNS},
    (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available,
    CASE WHEN to_regnamespace('serverless_embeddings') IS NULL THEN has_database_privilege(current_database(), 'CREATE')
      ELSE has_schema_privilege('serverless_embeddings', 'CREATE') END AS builds,
    pg_is_in_recovery() AS replica, current_setting('max_connections') AS connections`)
  const { server, version, available, reachable, builds, replica, connections } = row!
  const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return {
    server: String(server).split(' ')[0]!,
    extension: textOf(version),
    available: textOf(available),
    reachable: reachable === true,
    mayBuild: builds === true,
    isReplica: replica === true,
    connections: Number(connections),
    collections: await listStored(sql),
  }
}
