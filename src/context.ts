import { setMaxListeners } from 'node:events'
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

/** @throws AppError `deadline_exceeded` when the context's caller has gone or its deadline has passed */
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

/** A context made from another one that can be ended on its own. */
interface LinkedContext {
  readonly context: Context
  /** Aborts the context's signal with `reason`; only the first call counts. */
  abort(reason: AppError): void
  /** Lets go of the parent and of timers. Call exactly once. */
  unlink(): void
}

/** Node fires a timer with a longer delay at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A context whose signal aborts, with an `AppError` as its reason, with its parent's or at the deadline. */
export function linkContext(parent: Context): LinkedContext {
  const controller = new AbortController()
  // Node warns of a leak from the 11th listener on; a download has one for each of its parts.
  setMaxListeners(0, controller.signal)
  const end = () => controller.abort(outOfTime(parent))
  const leftMs = parent.deadline - Date.now()
  const timer = leftMs <= LONGEST_TIMER_MS ? setTimeout(end, Math.max(0, leftMs)) : undefined
  if (parent.signal.aborted) end()
  else parent.signal.addEventListener('abort', end, { once: true })
  return {
    context: { ...parent, signal: controller.signal },
    abort: (reason) => controller.abort(reason),
    unlink() {
      clearTimeout(timer)
      parent.signal.removeEventListener('abort', end)
    },
  }
}

/** Settles as `work` does, or throws `deadline_exceeded` once `context` ends; `work` itself goes on. */
export async function withinContext<T>(context: Context, work: Promise<T>): Promise<T> {
  const linked = linkContext(context)
  const { signal } = linked.context
  const ended = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    return await Promise.race([work, ended])
  } finally {
    linked.unlink()
  }
}
