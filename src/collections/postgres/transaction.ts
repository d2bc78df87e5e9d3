import { type Context, linkContext, throwIfDone } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Client, DriverTransaction, Statement } from './client.ts'
import { isClosed } from './problems.ts'

/** What runs statements within one transaction. */
export interface Transaction {
  /** One statement; values only as parameters. */
  unsafe<Rows extends object[] = Record<string, unknown>[]>(
    text: string,
    values?: readonly (string | number | null)[],
  ): Statement<Rows>
}

/**
 * Runs work in one transaction for a caller who may leave: the database is told to stop the statement that runs then, and
 * no other begins.
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
  const stop = () => state.running?.cancel()
  linked.context.signal.addEventListener('abort', stop, { once: true })
  try {
    // `begin` answers with an array where its work does; the work here never does.
    return (await client.begin(mode, async (sql) => {
      try {
        return await work(statementsOf(sql, linked.context, state))
      } catch (error) {
        // The driver (3.4.9) would send ROLLBACK on the connection that was lost, and end the process by that
        // (porsager/postgres, issue 1208). It gives up the transaction by itself when the connection closes.
        if (error === state.lost) return await new Promise<never>(() => {})
        throw error
      }
    })) as T
  } finally {
    state.isOver = true
    linked.unlink()
  }
}

interface State {
  /** Whether the connection serves others, or nobody. */
  isOver: boolean
  running: Pick<Statement<object[]>, 'cancel'> | undefined
  /** The error of a statement that says that the connection was lost. */
  lost: unknown
}

function statementsOf(sql: DriverTransaction, context: Context, state: State): Transaction {
  return {
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
  }
}
