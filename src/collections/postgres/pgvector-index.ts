import { type Context, throwIfDone, withinContext } from '../../context.ts'
import { type CandidateIndex, type IndexInfo, infoOf } from '../candidate-index.ts'
import { checkName } from '../manifest.ts'
import { noCollection } from '../required.ts'
import { openDatabase, type Password } from './client.ts'
import { findRows, type SearchBounds } from './find.ts'
import { type DatabaseFacts, inspectDatabase } from './inspect.ts'
import { parsePostgres } from './place.ts'
import { explain, isClosed, isGone, isRefused } from './problems.ts'
import { readPage, readPages } from './read.ts'
import { dropStored, listStored, prepareTables, readStored } from './tables.ts'
import { type Transaction, transact } from './transaction.ts'
import { addToRows, buildRows, removeFromRows } from './write.ts'

/** Collections in PostgreSQL. */
interface PgvectorIndex extends CandidateIndex {
  /** What the database is, what it lets this user do, and what is in it. */
  inspect(context: Context): Promise<DatabaseFacts>
}

/** A search sees one moment; it changes nothing, so that a replica may answer it. */
const ONE_MOMENT = 'ISOLATION LEVEL REPEATABLE READ READ ONLY'
/** The longest that PostgreSQL takes as a limit. */
const LONGEST_MS = 2 ** 31 - 1
/** No statement of a search takes longer, whoever waits for it: a wrong plan must not hold a connection for hours. */
const LONGEST_SEARCH_MS = 60_000
const WRITING = 'ISOLATION LEVEL READ COMMITTED'

/**
 * Collections in PostgreSQL with pgvector. Nothing is connected before the first question. Every change is one
 * transaction, so that a writer who is killed leaves nothing: no half table, no half version.
 *
 * @param place `postgres://user@host:5432/database`
 * @param bounds for measurements
 * @throws AppError `invalid_request` for a place that is none, or has a password in it
 */
export function createPgvectorIndex(
  place: string,
  password: Password | undefined,
  bounds?: SearchBounds,
): PgvectorIndex {
  const database = openDatabase(parsePostgres(place), password)
  const within = transactionsOf(database)
  const writing = (name: string, context: Context, work: (sql: Transaction) => Promise<IndexInfo>) =>
    within(WRITING, context, async (sql) => {
      await prepareTables(sql, checkName(name))
      return infoOf(await work(sql))
    })
  const storedOf = (name: string, context: Context) =>
    within(ONE_MOMENT, context, async (sql) => readStored(sql, checkName(name)))
  return {
    engine: 'pgvector',
    close: database.close,
    async find(query, context) {
      checkName(query.name)
      const search = () => within(ONE_MOMENT, context, (sql) => findRows(sql, query, bounds))
      // Two builds may have dropped the table between two questions: the second try reads the list again.
      return search().catch((error) => {
        if (isGone(error)) return search()
        throw error
      })
    },
    build: (name, rows, settings, context) =>
      writing(name, context, (sql) => buildRows(sql, name, rows, settings, context)),
    add: (name, rows, settings, context) =>
      writing(name, context, (sql) => addToRows(sql, name, rows, settings, context)),
    remove: (name, ids, context) =>
      within(WRITING, context, async (sql) => {
        const { removed, ...stored } = await removeFromRows(sql, checkName(name), ids)
        return { ...infoOf(stored), removed }
      }),
    async read(name, context) {
      const stored = await storedOf(name, context)
      if (!stored) throw noCollection('The database of COLLECTIONS', name)
      const content = readPages((last) => within(ONE_MOMENT, context, (sql) => readPage(sql, stored, last)))
      return { ...infoOf(stored), content }
    },
    inspect: (context) => within(ONE_MOMENT, context, inspectDatabase),
    list: (context) => within(ONE_MOMENT, context, listStored),
    drop: (name, context) => within(WRITING, context, (sql) => dropStored(sql, checkName(name))),
    async info(name, context) {
      const stored = await storedOf(name, context)
      return stored && infoOf(stored)
    },
  }
}

/** Runs work within a transaction, with the errors of the database as sentences. */
function transactionsOf(database: ReturnType<typeof openDatabase>) {
  return async <T>(mode: string, context: Context, work: (sql: Transaction) => Promise<T>): Promise<T> => {
    throwIfDone(context)
    let begun = false
    const run = async () => {
      const limited = async (sql: Transaction) => {
        begun = true
        await limitTime(sql, mode, context)
        return work(sql)
      }
      const once = () => database.lend(context, (client) => transact(client, mode, context, limited))
      const isUnbegun = (error: unknown) => isClosed(error) && !begun
      // A connection that lay idle may have been closed from the other side; then nothing has happened yet.
      return once().catch(async (error) => {
        if (!isUnbegun(error)) throw error
        return once().catch((again) => {
          throw isUnbegun(again) ? Object.assign(again, { code: 'CLOSED_AT_BEGIN' }) : again
        })
      })
    }
    try {
      return await withinContext(context, run())
    } catch (error) {
      throw explain((isRefused(error) && database.unreadPassword()) || error, database.place)
    }
  }
}

/** The server itself ends what nobody waits for any more. */
async function limitTime(sql: Transaction, mode: string, { deadline }: Context): Promise<void> {
  const longest = mode === ONE_MOMENT ? LONGEST_SEARCH_MS : LONGEST_MS
  if (mode === WRITING && deadline === Number.POSITIVE_INFINITY) return
  const left = Math.max(1, Math.min(longest, Math.ceil(deadline - Date.now())))
  await sql.unsafe(`SET LOCAL statement_timeout = ${left}`)
}
