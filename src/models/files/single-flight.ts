import {
  type Context,
  createContext,
  linkContext,
  outOfTime,
  throwIfDone,
  withinContext,
} from '../../context.ts'

/** Work that is under way once, however many wait for it. */
interface SingleFlight<T> {
  /**
   * The outcome of `work`, which is started unless it is under way for the same key. Whoever's context ends leaves
   * with `deadline_exceeded`; when nobody waits any more, the context of the work ends too. A failure is forgotten.
   */
  join(key: string, context: Context, work: (context: Context) => Promise<T>): Promise<T>
}

interface Running<T> {
  readonly outcome: Promise<T>
  waiters: number
  end(): void
}

/** Shares the outcome of work among all who ask for it while it is under way. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const running = new Map<string, Running<T>>()
  const forget = (key: string, entry: Running<T>) => {
    if (running.get(key) === entry) running.delete(key)
  }
  const start = (key: string, context: Context, work: (context: Context) => Promise<T>) => {
    const own = createContext({ requestId: context.requestId, metrics: context.metrics })
    const linked = linkContext(own)
    const outcome = work(linked.context)
    const entry = { outcome, waiters: 0, end: () => linked.abort(outOfTime(own)) }
    const settled = () => forget(key, entry)
    outcome.then(settled, settled)
    running.set(key, entry)
    return entry
  }

  return {
    async join(key, context, work) {
      throwIfDone(context)
      const entry = running.get(key) ?? start(key, context, work)
      entry.waiters++
      try {
        return await withinContext(context, entry.outcome)
      } finally {
        entry.waiters--
        if (entry.waiters === 0) {
          forget(key, entry)
          entry.end()
        }
      }
    },
  }
}
