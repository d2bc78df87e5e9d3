import { type Context, outOfTime } from '../../context.ts'
import { AppError } from '../../errors.ts'

/** A fixed number of places at each of several hosts, and a bounded queue before them. */
export interface Slots<T> {
  /**
   * Takes a place at the least busy host, among equals at one that is preferred; waits in line when all are taken.
   *
   * @throws AppError `overloaded` when the line is full or the slots are closed; `deadline_exceeded` when the
   * context ends while it waits
   */
  take(prefers: (host: T) => boolean, context: Context): Promise<T>
  /** Gives one place back, at once to the first in line. */
  giveBack(host: T): void
  /** Refuses whoever waits or comes, and resolves when every place has been given back. */
  close(): Promise<void>
}

/** Slots with `perHost` places at each of `hosts` and at most `queueLimit` in line. */
export function createSlots<T>(hosts: readonly T[], perHost: number, queueLimit: number): Slots<T> {
  const taken = new Map(hosts.map((host) => [host, 0]))
  const line = createLine<T>(queueLimit)
  let closed = false
  let drained = () => {}

  const busy = () => [...taken.values()].some((count) => count > 0)
  const choose = (prefers: (host: T) => boolean): T | undefined => {
    const least = Math.min(...taken.values())
    if (least >= perHost) return undefined
    const free = hosts.filter((host) => taken.get(host) === least)
    return free.find(prefers) ?? free[0]
  }

  return {
    async take(prefers, context) {
      if (closed) throw closing()
      const host = choose(prefers)
      if (host === undefined) return line.wait(context)
      taken.set(host, taken.get(host)! + 1)
      return host
    },
    giveBack(host) {
      if (line.admit(host)) return
      taken.set(host, taken.get(host)! - 1)
      if (!busy()) drained()
    },
    async close() {
      closed = true
      line.refuse(closing())
      if (!busy()) return
      await new Promise<void>((resolve) => {
        drained = resolve
      })
    },
  }
}

interface Waiting<T> {
  resolve(host: T): void
  reject(error: AppError): void
}

/** Who waits for a place, first come first served. */
function createLine<T>(limit: number) {
  const line = new Set<Waiting<T>>()
  return {
    async wait(context: Context): Promise<T> {
      if (line.size >= limit) throw overloaded(line.size)
      let leave = () => {}
      const turn = new Promise<T>((resolve, reject) => {
        const waiting = { resolve, reject }
        // At once, so that no place is given to one who has gone.
        const abort = () => {
          line.delete(waiting)
          reject(outOfTime(context))
        }
        line.add(waiting)
        context.signal.addEventListener('abort', abort, { once: true })
        leave = () => context.signal.removeEventListener('abort', abort)
      })
      return turn.finally(leave)
    },
    /** Lets the first one in, if there is one. */
    admit(host: T): boolean {
      const [first] = line
      if (!first) return false
      line.delete(first)
      first.resolve(host)
      return true
    },
    refuse(error: AppError): void {
      for (const waiting of line) waiting.reject(error)
      line.clear()
    },
  }
}

function overloaded(waiting: number): AppError {
  return new AppError(
    'overloaded',
    `The engine is busy and ${waiting} requests wait already; try again in a moment, or raise QUEUE_LIMIT or WORKERS.`,
    { details: { waiting } },
  )
}

function closing(): AppError {
  return new AppError('overloaded', 'The engine is closing and takes no more requests; try again elsewhere.')
}
