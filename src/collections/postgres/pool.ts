import { type Context, throwIfDone } from '../../context.ts'
import { AppError } from '../../errors.ts'

/** How a pool makes what it lends, and ends it. */
interface PoolSettings<Item> {
  /** At most so many are there; who comes then waits. */
  readonly most: number
  /** One that lay longer is ended instead of lent: a function that was frozen hears of no end, and no timer has run. */
  readonly longestIdleMs: number
  readonly open: () => Item
  readonly end: (item: Item) => Promise<void>
  /** Whether an error says that connections were lost: those that lie idle are no better. */
  readonly isLost: (error: unknown) => boolean
  readonly now?: () => number
}

/** Things that are used by one at a time, opened when they are needed and kept for who comes next. */
interface Pool<Item> {
  /**
   * Runs work with one. It is kept when the work succeeds or fails by an AppError, and ended after any other failure.
   *
   * @throws AppError `deadline_exceeded` when nobody waits any more as its turn comes; what the work throws
   */
  lend<T>(context: Context, work: (item: Item) => Promise<T>): Promise<T>
  /** Ends all; nothing is lent any more. */
  close(): Promise<void>
}

/** A pool that is empty. */
export function createPool<Item>(settings: PoolSettings<Item>): Pool<Item> {
  const { most, longestIdleMs, open, end, isLost, now = Date.now } = settings
  const free: { readonly item: Item; readonly since: number }[] = []
  const all = new Set<Item>()
  const waiting: (() => void)[] = []
  let lent = 0
  let closed = false
  const discard = (item: Item) => {
    all.delete(item)
    return end(item)
  }
  const take = (): Item => {
    if (closed) throw new AppError('upstream_failed', 'The connections to PostgreSQL were closed.')
    for (let idle = free.pop(); idle; idle = free.pop()) {
      if (now() - idle.since <= longestIdleMs) return idle.item
      discard(idle.item)
    }
    const item = open()
    all.add(item)
    return item
  }
  const keep = (item: Item) => free.push({ item, since: now() })
  const use = async <T>(work: (item: Item) => Promise<T>): Promise<T> => {
    const item = take()
    try {
      const result = await work(item)
      keep(item)
      return result
    } catch (error) {
      if (error instanceof AppError) keep(item)
      else discard(item)
      if (isLost(error)) for (const idle of free.splice(0)) discard(idle.item)
      throw error
    }
  }
  return {
    async lend(context, work) {
      if (lent === most) await new Promise<void>((resolve) => waiting.push(resolve))
      else lent++
      try {
        throwIfDone(context)
        return await use(work)
      } finally {
        const next = waiting.shift()
        if (next) next()
        else lent--
      }
    },
    async close() {
      closed = true
      await Promise.all([...all].map(discard))
    },
  }
}
