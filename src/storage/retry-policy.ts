import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, linkContext, outOfTime, throwIfDone } from '../context.ts'
import { AppError } from '../errors.ts'

/** How often and how soon a store that fails is asked again. */
export interface RetryPolicy {
  /** Most tries in a row without progress, at least 1. */
  readonly attempts: number
  /** The longest pause after the first failure; it doubles with each further one. */
  readonly firstDelayMs: number
  readonly longestDelayMs: number
  /** A try that brings fewer than `stallBytes` in this time is given up. */
  readonly stallMs: number
  readonly stallBytes: number
}

/** Survives some seconds of a store's failures, and gives up a connection that brings nothing for ten. */
export const PATIENCE: RetryPolicy = {
  attempts: 6,
  firstDelayMs: 50,
  longestDelayMs: 2000,
  stallMs: 10_000,
  stallBytes: 16 * 1024,
}

/** One try: its context aborts with the caller's, at the deadline, and when the store stalls. */
interface Attempt {
  readonly context: Context
  /** Counts bytes that have come, or gone. */
  progress(bytes: number): void
  /** Stops the clock while the caller works on the bytes that came. */
  pause(): void
  resume(): void
  /** The error that this try ends with, given what was thrown. */
  failureOf(error: unknown): AppError
  end(): void
}

/** Who is asked, by its name in error messages, and what it does with bytes: it sent them, or took them. */
interface Asked {
  readonly store: string
  readonly verb: 'sent' | 'took'
}

/** Starts a try, which is given up when the policy calls it stalled. */
export function startAttempt(asked: Asked, parent: Context, policy: RetryPolicy): Attempt {
  const linked = linkContext(parent)
  const { signal } = linked.context
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  const check = () => {
    if (bytes < policy.stallBytes) linked.abort(stalled(asked, bytes, policy))
    bytes = 0
    timer?.refresh()
  }
  const resume = () => {
    timer = setTimeout(check, policy.stallMs)
  }
  resume()
  return {
    context: linked.context,
    progress(more) {
      bytes += more
    },
    pause: () => clearTimeout(timer),
    resume,
    failureOf: (error) => (signal.aborted ? (signal.reason as AppError) : toFailure(asked.store, error)),
    end() {
      clearTimeout(timer)
      linked.unlink()
    },
  }
}

/**
 * Waits before the next try: a random time below a bound that doubles with each failure, so that many callers do
 * not come back at once, and never less than the store asked for.
 *
 * @throws `failure` itself when another try makes no sense: it would not help, there were enough, or the deadline
 * comes first
 */
export async function pauseAfter(
  failure: AppError,
  failures: number,
  context: Context,
  policy: RetryPolicy,
): Promise<void> {
  if (failure.code !== 'upstream_failed' || failures >= policy.attempts) throw failure
  const bound = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** (failures - 1))
  const asked = failure.details.retryAfterMs
  const delayMs = Math.max(Math.random() * bound, typeof asked === 'number' ? asked : 0)
  if (Date.now() + delayMs >= context.deadline) throw failure
  await sleep(delayMs, undefined, { signal: context.signal }).catch(() => {
    throw outOfTime(context)
  })
}

/** The answer of `ask`, which is repeated while it fails with `upstream_failed` and the policy allows. */
export async function askPatiently<T>(
  asked: Asked,
  context: Context,
  policy: RetryPolicy,
  ask: (context: Context, progress: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    throwIfDone(context)
    const attempt = startAttempt(asked, context, policy)
    try {
      return await ask(attempt.context, attempt.progress)
    } catch (error) {
      await pauseAfter(attempt.failureOf(error), failures, context, policy)
    } finally {
      attempt.end()
    }
  }
}

/** What a store throws beyond `AppError`s is a connection that broke. */
function toFailure(store: string, error: unknown): AppError {
  if (error instanceof AppError) return error
  return new AppError('upstream_failed', `The connection to ${store} broke off; try again.`, {
    details: { store },
    cause: error,
  })
}

function stalled({ store, verb }: Asked, bytes: number, { stallMs }: RetryPolicy): AppError {
  return new AppError(
    'upstream_failed',
    `${store} ${verb} only ${bytes} bytes in ${stallMs / 1000} s; try again, or look at its network.`,
    { details: { store } },
  )
}
