import type { PendingQuery, Sql, TransactionSql } from 'postgres'
import type { Context } from '../../context.ts'
import { once } from '../../once.ts'
import { createDialler } from './dial.ts'
import { type PostgresPlace, tlsOptions } from './place.ts'
import { createPool } from './pool.ts'
import { isClosed } from './problems.ts'

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
  /**
   * Runs work with a connection that is its own for so long.
   *
   * @throws AppError `invalid_request` for certificates that cannot be read; what the work throws
   */
  lend<T>(context: Context, work: (client: Client) => Promise<T>): Promise<T>
  /** Why the password could not be read when it was last needed; `undefined` when it was. */
  unreadPassword(): unknown
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
  const driver = once(() => import('postgres'))
  const passwords = typeof password === 'function' ? readable(password) : undefined
  const { host, port, user, database } = place
  const settings = {
    host,
    port,
    user,
    database,
    ...(password !== undefined && { password: passwords?.read ?? (password as string) }),
    // A client of the driver (3.4.9) is one connection, and ends with it. One that was lost, and is then refused, would be
    // tried hundreds of times a second by the driver, and who waits for it would hear of nothing.
    max: 1,
    connect_timeout: CONNECT_SECONDS,
    idle_timeout: IDLE_SECONDS,
    max_lifetime: LONGEST_SECONDS,
    // Types of arrays need a question more for each connection; named statements pin a connection of RDS Proxy.
    fetch_types: false,
    prepare: false,
    // Whether something was there already is nothing to print.
    onnotice: () => {},
    connection: { application_name: 'serverless-embeddings' },
  }
  let postgres: typeof import('postgres')
  const pool = createPool({
    most: MOST_CONNECTIONS,
    longestIdleMs: IDLE_SECONDS * 1000,
    open() {
      const { allow, dial } = createDialler(host, port, CONNECT_SECONDS * 1000)
      // The driver's types do not know of sockets that are made by others; its code does.
      const client: Client = postgres({ ...settings, ...{ socket: dial }, ssl: tlsOptions(place) })
      return { client, allow }
    },
    end: ({ client }) => client.end({ timeout: 1 }),
    isLost: isClosed,
  })
  return {
    place,
    async lend(context, work) {
      postgres = (await driver()).default
      return pool.lend(context, ({ client, allow }) => {
        allow()
        return work(client)
      })
    },
    unreadPassword: () => passwords?.problem(),
    close: pool.close,
  }
}

/**
 * A password that is read for each connection. The driver (3.4.9) waits for it where nobody hears of errors, which would
 * end the process: without one the database refuses the connection, and who asked is told why.
 */
function readable(source: () => Promise<string>) {
  let problem: unknown
  return {
    problem: () => problem,
    async read() {
      try {
        const word = await source()
        problem = undefined
        return word
      } catch (error) {
        problem = error
        return ''
      }
    },
  }
}
