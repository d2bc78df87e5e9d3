import type { Context } from '../context.ts'
import type { AppError } from '../errors.ts'
import { addRefusal } from '../metrics.ts'
import type { Reply } from './answer.ts'
import { type Dialect, headersOf } from './errors.ts'
import { withoutPaths } from './paths.ts'
import { type Asked, contextOf } from './request-context.ts'
import type { Route } from './route.ts'

/** An answer whose body is text. */
interface PlainAnswer extends Reply {
  readonly body: string
}

/** The answer to a request that finds no room, and what is told of it. */
export interface BusyAnswer extends PlainAnswer {
  readonly route: string
  /** With the refusal in its metrics. */
  readonly context: Context
}

/** An answer of an error in the words of a dialect. */
export function plainAnswer(error: AppError, dialect: Dialect, requestId: string): PlainAnswer {
  return {
    status: dialect.statusOf(error),
    headers: {
      ...headersOf(error),
      'x-error-code': error.code,
      'x-request-id': requestId,
      'content-type': 'application/json',
    },
    body: JSON.stringify(dialect.bodyOf(withoutPaths(error), requestId)),
  }
}

/**
 * What a request is answered when no more work is taken, by method and path alone, so that nothing of it need be
 * read: with 200 clients that try again at once, a refusal after the body was parsed left a tenth of the answers a
 * second that 32 clients get. `undefined` while there is room, and for routes that do no work.
 *
 * @param full the error that a job would get now
 * @param refused hears of each refusal
 */
export function createBusyAnswers(
  routes: readonly Route[],
  full: () => AppError | undefined,
  refused: (error: AppError) => void,
) {
  const dialects = new Map(
    routes.flatMap(({ method, path, dialect, hasOwnQueue }) =>
      method === 'POST' && !hasOwnQueue ? [[path, dialect] as const] : [],
    ),
  )
  return (asked: Asked, path: string): BusyAnswer | undefined => {
    const error = asked.method === 'POST' ? full() : undefined
    const dialect = error && dialects.get(path)
    if (!dialect) return undefined
    refused(error)
    const context = contextOf(asked, undefined)
    addRefusal(context.metrics, error.code)
    return { ...plainAnswer(error, dialect, context.requestId), route: path, context }
  }
}

/** Refusals that are answered at once, and how many more a second; each takes some 0.1 ms that answers would need. */
const BURST = 100
const PER_SECOND = 250
/** Longest that a refusal is held back. */
const LONGEST_WAIT_MS = 1000

/**
 * Milliseconds to hold the next refusal back: none until many come at once. Clients that try again at once would
 * otherwise take the time that the accepted requests need (measured at 2,200 refusals a second: 0.3 to 0.6 of the
 * answers that there are without them).
 */
export function createRefusalPace(now: () => number = () => performance.now()): () => number {
  /** When all refusals so far would be through, at the steady rate. */
  let through = now()
  return () => {
    through = Math.max(through, now() - (BURST * 1000) / PER_SECOND) + 1000 / PER_SECOND
    through = Math.min(through, now() + LONGEST_WAIT_MS)
    return Math.max(0, through - now())
  }
}
