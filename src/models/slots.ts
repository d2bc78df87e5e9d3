import { type Context, outOfTime } from '../context.ts'
import { AppError } from '../errors.ts'

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

interface Waiting<T> {
  admit(host: T): void
  refuse(error: AppError): void
}

/** Slots with `perHost` places at each of `hosts` and at most `queueLimit` in line. */
export function createSlots<T>(hosts: readonly T[], perHost: number, queueLimit: number): Slots<T> {
  const taken = new Map(hosts.map((host) => [host, 0]))
  const line = new Set<Waiting<T>>()
  let drained: (() => void) | undefined
  let closed = false

  const busy = () => [...taken.values()].some((count) => count > 0)
  const settle = () => {
    if (!busy()) drained?.()
  }
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
      if (host === undefined) {
        if (line.size >= queueLimit) throw overloaded(line.size)
        return joinLine(line, context)
      }
      taken.set(host, taken.get(host)! + 1)
      return host
    },
    giveBack(host) {
      const [first] = line
      if (first) first.admit(host)
      else taken.set(host, taken.get(host)! - 1)
      settle()
    },
    async close() {
      closed = true
      for (const waiting of line) waiting.refuse(closing())
      if (busy()) await new Promise<void>((resolve) => (drained = resolve))
    },
  }
}

/** Waits at the end of the line until a place is given back, or the context ends. */
function joinLine<T>(line: Set<Waiting<T>>, context: Context): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      line.delete(waiting)
      context.signal.removeEventListener('abort', abort)
    }
    const waiting: Waiting<T> = {
      admit(host) {
        leave()
        resolve(host)
      },
      refuse(error) {
        leave()
        reject(error)
      },
    }
    const abort = () => waiting.refuse(outOfTime(context))
    line.add(waiting)
    context.signal.addEventListener('abort', abort, { once: true })
  })
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
