import { type Context, createContext, linkContext, withinContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Lease } from './lease-pool.ts'

/** Loads that several callers wait for, none of whom may end them. */
interface Loads {
  /** What loads run in: it ends with their owner, not with a caller. */
  readonly context: Context
  /** Waits for a lease within the caller's time; one that comes too late is given back. */
  withinCaller<T>(lease: Promise<Lease<T>>, context: Context): Promise<Lease<T>>
  /** Ends all loads, and waits until none is left. */
  end(): Promise<void>
}

/** Loads go on when a caller's time is up: the next one finds them further on. */
export function createLoads(): Loads {
  const linked = linkContext(createContext({ requestId: 'load' }))
  const pending = new Set<Promise<unknown>>()
  return {
    context: linked.context,
    async withinCaller(lease, context) {
      pending.add(lease)
      const settled = () => pending.delete(lease)
      lease.then(settled, settled)
      return withinContext(context, lease).catch((error) => {
        lease.then(
          ({ release }) => release(),
          () => {},
        )
        throw error
      })
    },
    async end() {
      linked.abort(new AppError('overloaded', 'The engine is closing; try again elsewhere.'))
      linked.unlink()
      await Promise.allSettled(pending)
    },
  }
}
