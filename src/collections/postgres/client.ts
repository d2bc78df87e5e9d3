import type { PendingQuery, Sql, TransactionSql } from 'postgres'
import { once } from '../../once.ts'
import { type PostgresPlace, tlsOptions } from './place.ts'

/**
 * The driver is `postgres` 3.4.9, which has COPY and no dependency: 38 kB bundled and minified, 12 to 24 ms to load.
 * `pg` 8.23.1 with `pg-copy-streams` is 100 kB and 40 to 70 ms (Node 20, two busy cores). It is loaded with the first
 * question about a collection, never to embed.
 */
export type Client = Sql

/** The driver's own transaction; what it runs is not stopped for who leaves. */
export type DriverTransaction = TransactionSql

/** A statement that is sent when it is awaited. */
export type Statement<Rows extends object[]> = PendingQuery<Rows>

/** What is known of a password: the word itself, or how it is read when a connection needs it. */
export type Password = string | (() => Promise<string>)

/** A database with connections that are opened when they are needed, and closed when nobody has needed them for a minute. */
interface Database {
  readonly place: PostgresPlace
  /** Throws AppError `invalid_request` for certificates that cannot be read. */
  client(): Promise<Client>
  close(): Promise<void>
}

/** Most connections of one process: a function serves one request at a time, a server a few. */
const MOST_CONNECTIONS = 4
const CONNECT_SECONDS = 5
const IDLE_SECONDS = 60
/** Passwords change, and servers behind a name move: no connection is older. */
const LONGEST_SECONDS = 30 * 60

/** Names a database; nothing is opened before the first question. */
export function openDatabase(place: PostgresPlace, password: Password | undefined): Database {
  let opened: Client | undefined
  const client = once(async () => {
    const { default: postgres } = await import('postgres')
    const { host, port, user, database } = place
    opened = postgres({
      host,
      port,
      user,
      database,
      ...(password !== undefined && { password }),
      ssl: tlsOptions(place),
      max: MOST_CONNECTIONS,
      connect_timeout: CONNECT_SECONDS,
      idle_timeout: IDLE_SECONDS,
      max_lifetime: LONGEST_SECONDS,
      // Types of arrays need a question more for each connection; named statements pin a connection of RDS Proxy.
      fetch_types: false,
      prepare: false,
      // Whether something was there already is nothing to print.
      onnotice: () => {},
      connection: { application_name: 'serverless-embeddings' },
    })
    return opened
  })
  return {
    place,
    client,
    async close() {
      await opened?.end({ timeout: 1 })
    },
  }
}
