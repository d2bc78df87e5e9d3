import { AppError, toAppError } from '../errors.ts'
import type { QueueMessage } from '../lambda/batch-event.ts'
import type { BatchHandler } from '../lambda/batch-handler.ts'
import { type Hold, holdMessage } from './hold.ts'
import type { MessageQueue } from './message-queue.ts'

/** Messages by what became of them, since the start. */
export interface MessageCounts {
  /** In work now. */
  readonly inWork: number
  /** Dealt with for good, and removed. */
  readonly done: number
  /** Left in the queue to come again. */
  readonly again: number
  /** Whose time ended while they were worked on. */
  readonly lost: number
}

/** Takes messages from a queue and has them worked on. */
export interface Consumer {
  /** Settles with the first answer of the queue, whether there were messages or none. Throws what waiting cannot mend. */
  readonly begun: Promise<void>
  counts(): MessageCounts
  /** Why the queue gives no messages, in a sentence. */
  trouble(): string | undefined
  /**
   * Takes no more messages. Those in work may finish within `finishMs`; the others stop at their last shard and come again
   * at once, in another worker. Resolves when nothing is in work.
   */
  stop(finishMs: number): Promise<void>
}

/** What a consumer is made of. */
interface ConsumerParts {
  readonly queue: MessageQueue
  /** The handler of Lambda's door, given what lets a message come again after so many seconds. */
  readonly handlerWith: (release: (message: QueueMessage, seconds: number) => Promise<void>) => BatchHandler
  /** Most messages in work at once. */
  readonly concurrency: number
  readonly visibilitySeconds: number
  /** Told of what went wrong between this worker and the queue, with the message's id where there is one. */
  readonly onTrouble: (error: AppError, message: string) => void
}

/** More are not given at once. */
const MOST_AT_ONCE = 10
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000
/** SQS hides no message for more than twelve hours: its job goes on under the next receipt then. */
const LONGEST_WORK_MS = 11 * 3_600_000
const RELEASE_MS = 5000

/** Begins to take messages. Each is an event of its own for the handler, whose answer says whether it is done. */
export function startConsumer(parts: ConsumerParts): Consumer {
  const polling = new AbortController()
  const crew = createCrew(parts)
  let trouble: AppError | undefined
  let polled: Promise<void> | undefined
  const begun = new Promise<void>((resolve, reject) => {
    polled = poll(parts, crew, polling.signal, (error) => {
      trouble = error
      if (error === undefined) resolve()
      else if (!error.retryable) reject(error)
    })
    // It may be stopped before the queue has answered.
    polled.then(resolve)
  })
  return {
    begun,
    counts: crew.counts,
    trouble: () => trouble?.message,
    async stop(finishMs) {
      polling.abort()
      await polled
      await crew.finish(finishMs)
    },
  }
}

/** Asks for messages as long as there are free hands, and tells each time how the queue is. */
async function poll(
  { queue, onTrouble }: ConsumerParts,
  crew: Crew,
  signal: AbortSignal,
  tell: (trouble: AppError | undefined) => void,
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    const free = crew.free()
    if (free <= 0) {
      await crew.someoneIsFree()
      continue
    }
    try {
      const messages = await queue.receive(Math.min(free, MOST_AT_ONCE), signal)
      failures = 0
      messages.forEach(crew.begin)
      tell(undefined)
    } catch (cause) {
      const error = toAppError(cause)
      onTrouble(error, 'receive')
      tell(error)
      await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++), signal)
    }
  }
}

/** Messages in work. */
interface Crew {
  /** How many more may be begun. */
  free(): number
  someoneIsFree(): Promise<void>
  begin(message: QueueMessage): void
  counts(): MessageCounts
  finish(finishMs: number): Promise<void>
}

function createCrew(parts: ConsumerParts): Crew {
  const { queue, onTrouble, concurrency, visibilitySeconds: seconds } = parts
  const stop = new AbortController()
  const running = new Set<Promise<void>>()
  const holds = new Map<string, Hold>()
  const counts = { done: 0, again: 0, lost: 0 }
  const handler = parts.handlerWith(async ({ id, receipt }, pauseSeconds) => {
    const hold = holds.get(receipt)
    await hold?.stop()
    // Another worker has it: to show it now would give it to a third one.
    if (hold?.signal.aborted) return
    await queue.hide(receipt, pauseSeconds, RELEASE_MS).catch((error) => onTrouble(notReleased(error), id))
  })
  return {
    free: () => concurrency - running.size,
    someoneIsFree: () => Promise.race(running),
    begin(message) {
      const { id, receipt } = message
      const hold = holdMessage({ queue, receipt, seconds, onTrouble: (error) => onTrouble(error, id) })
      holds.set(receipt, hold)
      const work = workOn(message, hold, { handler, queue, stop: stop.signal, onTrouble })
        .then((end) => void counts[end]++)
        .finally(() => {
          holds.delete(receipt)
          running.delete(work)
        })
      running.add(work)
    },
    counts: () => ({ ...counts, inWork: running.size }),
    async finish(finishMs) {
      const end = setTimeout(() => stop.abort(stopping()), finishMs)
      await Promise.all(running)
      clearTimeout(end)
    },
  }
}

interface WorkParts {
  readonly handler: BatchHandler
  readonly queue: MessageQueue
  readonly stop: AbortSignal
  readonly onTrouble: ConsumerParts['onTrouble']
}

/** Hands one message to the handler, and removes it unless the answer, or an error instead of one, says otherwise. */
async function workOn(
  message: QueueMessage,
  hold: Hold,
  { handler, queue, stop, onTrouble }: WorkParts,
): Promise<Exclude<keyof MessageCounts, 'inWork'>> {
  const { id, receipt } = message
  const deadline = Date.now() + LONGEST_WORK_MS
  let isDone = false
  try {
    const { batchItemFailures } = await handler(toEvent(message), {
      awsRequestId: id,
      getRemainingTimeInMillis: () => deadline - Date.now(),
      signal: AbortSignal.any([hold.signal, stop]),
    })
    // As Lambda has it: a failure that names no message of ours is one of all of them.
    isDone = batchItemFailures.length === 0
  } catch (cause) {
    onTrouble(toAppError(cause), id)
  }
  await hold.stop()
  if (isDone) await queue.remove(receipt).catch((error) => onTrouble(notRemoved(error), id))
  if (isDone) return 'done'
  return hold.signal.aborted ? 'lost' : 'again'
}

/** A message as Lambda hands it to a function. */
function toEvent({ id, receipt, receiveCount, queueArn, body }: QueueMessage) {
  const attributes = { ApproximateReceiveCount: String(receiveCount) }
  const record = { messageId: id, receiptHandle: receipt, body, attributes, eventSourceARN: queueArn }
  return { Records: [{ ...record, eventSource: 'aws:sqs' }] }
}

/** Resolves after so many milliseconds, or once `signal` aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end)
  })
}

function stopping(): AppError {
  return new AppError(
    'deadline_exceeded',
    'The worker was asked to stop; the job goes on from its last shard in another one.',
  )
}

function notRemoved(cause: unknown): AppError {
  return new AppError(
    'upstream_failed',
    'The queue did not remove a message whose job has ended; it comes again, and its job is left as it is.',
    { cause },
  )
}

function notReleased(cause: unknown): AppError {
  return new AppError(
    'upstream_failed',
    'The queue did not take a message back; it comes again when its time is up.',
    { cause },
  )
}
