import { AppError } from './errors.ts'
import { createMetrics, type Metrics } from './metrics.ts'

/** What one invocation owns and hands down to everything it calls. */
export interface Context {
  readonly requestId: string
  /** Aborts when the caller has gone or the deadline has passed. */
  readonly signal: AbortSignal
  /** Epoch milliseconds after which no answer can be delivered; `Infinity` when there is none. */
  readonly deadline: number
  readonly metrics: Metrics
}

/** A context from its parts, with neutral values for what is left out. */
export function createContext(parts: Partial<Context> = {}): Context {
  return {
    requestId: parts.requestId ?? crypto.randomUUID(),
    signal: parts.signal ?? new AbortController().signal,
    deadline: parts.deadline ?? Number.POSITIVE_INFINITY,
    metrics: parts.metrics ?? createMetrics(),
  }
}

/** Throws `deadline_exceeded` when the context's caller has gone or its deadline has passed. */
export function throwIfDone(context: Context): void {
  if (context.signal.aborted || Date.now() >= context.deadline) throw outOfTime(context)
}

/** The error of a request whose context has ended. */
export function outOfTime({ requestId }: Context): AppError {
  return new AppError(
    'deadline_exceeded',
    `Request ${requestId} ran out of time before its answer was complete; send fewer inputs or raise the timeout.`,
  )
}
