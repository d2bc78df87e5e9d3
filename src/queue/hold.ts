import { AppError } from '../errors.ts'
import { MessageGone, type MessageQueue } from './message-queue.ts'

/** A message that is kept out of the sight of other workers. */
export interface Hold {
  /** Aborts, with its reason, once other workers may have been given the message. */
  readonly signal: AbortSignal
  /** Lets time run: the message appears again when it is up, unless it is removed. No call to the queue is under way then. */
  stop(): Promise<void>
}

/** What a hold is made of. */
interface HoldParts {
  readonly queue: Pick<MessageQueue, 'hide'>
  readonly receipt: string
  /** How long the message is hidden each time, from its receipt on. */
  readonly seconds: number
  /** Told of each prolongation that failed, and of the loss. */
  readonly onTrouble: (error: AppError) => void
}

/** A message is hidden anew when this share of its time is over: twice it may fail before the message is lost. */
const RENEWAL_SHARE = 1 / 3
/** After a failure it is tried again so often within its time. */
const TRIES = 12
/** Longest that one try may take. */
const CALL_MS = 5000

/**
 * Keeps a message hidden until it is stopped. A prolongation that fails is tried again while the message is still hidden;
 * when its time ends nevertheless, or the queue says that it is not ours any more, the message is lost: `signal` aborts, so
 * that its work is given up, for another worker has it. Also after a pause of the whole process, which sees it by the clock.
 */
export function holdMessage({ queue, receipt, seconds, onTrouble }: HoldParts): Hold {
  const controller = new AbortController()
  const wholeMs = seconds * 1000
  let hiddenUntil = performance.now() + wholeMs
  let over = false
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const lose = (why: string, cause?: unknown) => {
    over = true
    const error = lost(why, cause)
    onTrouble(error)
    controller.abort(error)
  }
  const renew = async () => {
    const asked = performance.now()
    const leftMs = hiddenUntil - asked
    if (leftMs <= 0) return lose(`its ${seconds} s were over before they could be prolonged`)
    try {
      await queue.hide(receipt, seconds, Math.min(CALL_MS, leftMs))
      hiddenUntil = asked + wholeMs
      wait(wholeMs * RENEWAL_SHARE)
    } catch (cause) {
      if (over) return
      if (cause instanceof MessageGone) return lose('the queue says that it is not in work here', cause)
      onTrouble(notProlonged(hiddenUntil - performance.now(), cause))
      wait(Math.min(wholeMs / TRIES, hiddenUntil - performance.now()))
    }
  }
  const wait = (milliseconds: number) => {
    if (over) return
    timer = setTimeout(
      () => {
        running = renew()
      },
      Math.max(0, milliseconds),
    )
  }
  wait(wholeMs * RENEWAL_SHARE)
  return {
    signal: controller.signal,
    async stop() {
      over = true
      clearTimeout(timer)
      await running
    },
  }
}

function lost(why: string, cause: unknown): AppError {
  return new AppError(
    'deadline_exceeded',
    `The message is lost to this worker: ${why}; its job is left to the one that is given it next, from the last shard on.`,
    { cause },
  )
}

function notProlonged(leftMs: number, cause: unknown): AppError {
  const seconds = Math.max(0, leftMs / 1000).toFixed(1)
  return new AppError(
    'upstream_failed',
    `The queue did not prolong the time of a message; it is hidden for ${seconds} s more, in which it is tried again.`,
    { cause },
  )
}
