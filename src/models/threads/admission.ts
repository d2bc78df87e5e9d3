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
  /**
   * Takes a place at one host for a job that had one and left it: the line has no limit for those. Who starts so many
   * jobs bounds them.
   *
   * @throws AppError `overloaded` when the slots are closed; `deadline_exceeded` when the context ends while it waits
   */
  takeAgain(host: T, context: Context): Promise<void>
  /** Gives one place back, at once to the first in line who may have it. */
  giveBack(host: T): void
  /** The error that who came now would get, if there is no room. */
  full(): AppError | undefined
  /** How many wait in line. */
  waiting(): number
  /** Refuses whoever waits or comes, and resolves when every place has been given back. */
  close(): Promise<void>
}

/** Slots with `perHost` places at each of `hosts` and at most `queueLimit` in line. */
export function createSlots<T>(
  hosts: readonly T[],
  perHost: number,
  queueLimit: number,
  now: () => number = () => performance.now(),
): Slots<T> {
  const taken = new Map(hosts.map((host) => [host, 0]))
  const line = createLine<T>(queueLimit, createPace(now))
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
    full: () => (closed ? closing() : choose(() => false) === undefined ? line.full() : undefined),
    waiting: line.length,
    async takeAgain(host, context) {
      if (closed) throw closing()
      if (taken.get(host)! >= perHost) await line.waitFor(host, context)
      else taken.set(host, taken.get(host)! + 1)
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
  /** The only host that will do, if one is. */
  readonly only: T | undefined
  resolve(host: T): void
  reject(error: AppError): void
}

/** Who waits for a place, first come first served. */
function createLine<T>(limit: number, pace: Pace) {
  const line = new Set<Waiting<T>>()
  /** Those whom any host will do: they alone are counted against the limit. */
  const newcomers = new Set<Waiting<T>>()
  const remove = (waiting: Waiting<T>) => {
    line.delete(waiting)
    newcomers.delete(waiting)
  }
  const full = () =>
    newcomers.size < limit ? undefined : overloaded(newcomers.size, pace.secondsFor(newcomers.size + 1))
  const enter = (only: T | undefined, context: Context): Promise<T> => {
    let leave = () => {}
    const turn = new Promise<T>((resolve, reject) => {
      const waiting = { only, resolve, reject }
      // At once, so that no place is given to one who has gone.
      const abort = () => {
        remove(waiting)
        reject(outOfTime(context))
      }
      line.add(waiting)
      if (only === undefined) newcomers.add(waiting)
      context.signal.addEventListener('abort', abort, { once: true })
      if (context.signal.aborted) abort()
      leave = () => context.signal.removeEventListener('abort', abort)
    })
    return turn.finally(leave)
  }
  return {
    async wait(context: Context): Promise<T> {
      const error = full()
      if (error) throw error
      if (line.size === 0) pace.start()
      return enter(undefined, context)
    },
    full,
    length: () => line.size,
    waitFor: enter,
    /** Lets the first one in who may have the place, if there is one. */
    admit(host: T): boolean {
      for (const waiting of line) {
        if (waiting.only !== undefined && waiting.only !== host) continue
        remove(waiting)
        pace.step()
        waiting.resolve(host)
        return true
      }
      return false
    },
    refuse(error: AppError): void {
      for (const waiting of line) waiting.reject(error)
      line.clear()
      newcomers.clear()
    },
  }
}

/** How fast the line moves. */
interface Pace {
  /** The line begins. */
  start(): void
  /** One of the line came in. */
  step(): void
  /** Whole seconds until so many have come in, from 1 to 60. */
  secondsFor(count: number): number
}

/** The weight of the last step in the mean. */
const LAST_STEP = 0.1
const LONGEST_RETRY_SECONDS = 60

function createPace(now: () => number): Pace {
  let stepped = now()
  let meanMs = 0
  return {
    start() {
      stepped = now()
    },
    step() {
      meanMs += LAST_STEP * (now() - stepped - meanMs)
      stepped = now()
    },
    secondsFor(count) {
      // A line that has not moved for a while is slower than it was.
      const ms = Math.max(meanMs, now() - stepped) * count
      return Math.min(LONGEST_RETRY_SECONDS, Math.max(1, Math.ceil(ms / 1000)))
    },
  }
}

function overloaded(waiting: number, retryAfterSeconds: number): AppError {
  return new AppError(
    'overloaded',
    `The engine is busy and ${waiting} requests wait already; try again in ${retryAfterSeconds} s, or raise QUEUE_LIMIT or WORKERS.`,
    { details: { waiting, retryAfterSeconds } },
  )
}

function closing(): AppError {
  return new AppError('overloaded', 'The engine is closing and takes no more requests; try again elsewhere.')
}
