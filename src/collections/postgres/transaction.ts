import type { Writable } from 'node:stream'
import { type Context, linkContext, throwIfDone } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Client, DriverTransaction, Statement } from './client.ts'
import { isClosed, LostConnection } from './problems.ts'

/** A statement ends within milliseconds when it is told to; one that does not is in a database that went away unheard. */
const LONGEST_STOP_MS = 2000

/** What runs statements within one transaction. */
export interface Transaction {
  /** One statement; values only as parameters. */
  unsafe<Rows extends object[] = Record<string, unknown>[]>(
    text: string,
    values?: readonly (string | number | null)[],
  ): Statement<Rows>
  /** Begins `COPY … FROM STDIN`: what is written goes to the table, and fails with what PostgreSQL refuses. */
  copyFrom(text: string): Promise<Writable>
}

/**
 * Runs work in one transaction for a caller who may leave: the database is told to stop the statement that runs then, and
 * no other begins. A connection that does not hear of it is given up.
 *
 * @param mode the words after BEGIN
 * @throws AppError `deadline_exceeded` before a statement for which nobody waits; what the work and the driver throw
 */
export async function transact<T>(
  client: Client,
  mode: string,
  context: Context,
  work: (sql: Transaction) => Promise<T>,
): Promise<T> {
  const linked = linkContext(context)
  const state: State = { isOver: false, running: undefined, lost: undefined }
  let unheard: NodeJS.Timeout | undefined
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => {
      if (state.running) cancel(state.running)
      unheard = setTimeout(reject, LONGEST_STOP_MS, new LostConnection())
    }
    linked.context.signal.addEventListener('abort', stop, { once: true })
  })
  try {
    const transaction = client.begin(mode, async (sql) => {
      try {
        return await work(statementsOf(sql, linked.context, state))
      } catch (error) {
        // The driver (3.4.9) would send ROLLBACK on the connection that was lost, and end the process by that
        // (porsager/postgres, issue 1208). It gives up the transaction by itself when the connection closes.
        if (error === state.lost) return await new Promise<never>(() => {})
        throw error
      }
    })
    // `begin` answers with an array where its work does; the work here never does.
    return (await Promise.race([transaction, stopped])) as T
  } finally {
    state.isOver = true
    clearTimeout(unheard)
    linked.unlink()
  }
}

interface State {
  /** Whether the connection serves others, or nobody. */
  isOver: boolean
  running: object | undefined
  /** The error of a statement that says that the connection was lost. */
  lost: unknown
}

/**
 * Tells the database to stop a statement. The driver's (3.4.9) own `cancel` gives nobody its promise, which would end the
 * process where the database cannot be told: then it ends by the limit that it was given.
 */
function cancel(statement: object): void {
  const { canceller } = statement as { canceller: (statement: object) => Promise<void> }
  canceller(statement).catch(() => {})
}

function statementsOf(sql: DriverTransaction, context: Context, state: State): Transaction {
  const statements: Transaction = {
    unsafe<Rows extends object[]>(text: string, values: readonly (string | number | null)[] = []) {
      throwIfDone(context)
      if (state.isOver)
        throw new AppError('upstream_failed', 'The connection to PostgreSQL has ended; try again.')
      const query = sql.unsafe<Rows>(text, [...values])
      state.running = query
      // A statement that has ended is not stopped: another caller's may run on its connection by then.
      const ended = () => {
        if (state.running === query) state.running = undefined
      }
      // The driver's own `then` would send it now, which is too early for COPY.
      Promise.prototype.then.call(query, ended, (error) => {
        ended()
        if (isClosed(error)) state.lost = error
      })
      return query
    },
    async copyFrom(text) {
      const statement = statements.unsafe(text)
      const target = await statement.writable()
      // To the driver (3.4.9) COPY has succeeded once rows may come: what PostgreSQL refuses when the last one is sent would
      // reach nobody, and the build would wait for ever. Nor would anybody hear that the connection was lost.
      const reject = (error: Error) => {
        if (isClosed(error)) state.lost = error
        target.destroy(error)
      }
      Object.assign(statement, { reject })
      return target
    },
  }
  return statements
}
