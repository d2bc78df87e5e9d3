import type { Context as LambdaContext, SQSBatchResponse } from 'aws-lambda'
import { type Context, createContext } from '../context.ts'
import type { MetricsWriter } from '../emf.ts'
import { AppError, toAppError } from '../errors.ts'
import type { BatchService } from '../services/batch/batch.ts'
import { isTaken } from '../services/batch/plan/identify.ts'
import { isInput } from '../services/batch/plan/job-keys.ts'
import { redriveCommand } from '../services/batch/plan/remedies.ts'
import { trainFolderOf } from '../services/train/keys.ts'
import type { TrainService } from '../services/train/train.ts'
import type { WritableStore } from '../storage/store.ts'
import { type CreatedObject, type QueueMessage, readCreatedObjects, readMessages } from './batch-event.ts'

/** What the handler is told of its invocation. */
interface Invocation extends Partial<LambdaContext> {
  /** Aborts when the work has to stop before its time, which Lambda never asks for. */
  readonly signal?: AbortSignal
}

/** What Lambda, or a worker that polls by itself, calls with messages of the queue. */
export type BatchHandler = (event: unknown, invocation?: Invocation) => Promise<SQSBatchResponse>

/** What a batch handler is made of. */
interface BatchHandlerParts {
  /** What works on files; a door without it leaves them to another one. */
  readonly batch?: BatchService
  /** What learns from pairs; a door without it says so where a job is sent to it. */
  readonly train?: TrainService
  openBucket(bucket: string): Promise<WritableStore>
  /** Objects of at least so many bytes are left to the state machine, once it has begun them. */
  readonly splitBytes: number
  /** Lets a message come again after so many seconds rather than the queue's own time, which counts when absent. */
  release?(message: QueueMessage, seconds: number): Promise<void>
  readonly writeMetrics: MetricsWriter
  /** Told of every job that failed or has to wait, with the message's id. */
  readonly onError: (error: AppError, message: string) => void
}

/** Time to write the last shard and the answer, taken off the deadline. */
const MARGIN_MS = 5000
/** Of a function with little time in all, no more than this share is set aside. */
const MARGIN_SHARE = 0.1

/**
 * Works on the objects that the messages of a queue tell of, one after another. Messages whose work could not be
 * finished are answered as failed, so that the queue hands them out again, or after too many times to its
 * dead-letter queue.
 */
export function createBatchHandler(parts: BatchHandlerParts): BatchHandler {
  return async (event, invocation = {}) => {
    const context = contextWithMargin(invocation)
    const unfinished: QueueMessage[] = []
    try {
      for (const message of readMessages(event)) {
        if (!(await handle(message, parts, context))) unfinished.push(message)
      }
      return { batchItemFailures: unfinished.map(({ id }) => ({ itemIdentifier: id })) }
    } finally {
      await parts.writeMetrics(context)
    }
  }
}

/** A context that ends early enough for a shard to be written and an answer to be sent. */
export function contextWithMargin({ getRemainingTimeInMillis, awsRequestId, signal }: Invocation): Context {
  const remainingMs = getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY
  const deadline = Date.now() + remainingMs - Math.min(MARGIN_MS, remainingMs * MARGIN_SHARE)
  return createContext({
    deadline,
    ...(awsRequestId && { requestId: awsRequestId }),
    ...(signal && { signal }),
  })
}

/** Whether the message has been dealt with for good. */
async function handle(message: QueueMessage, parts: BatchHandlerParts, context: Context): Promise<boolean> {
  const { release, onError } = parts
  try {
    for (const created of readCreatedObjects(message.body)) {
      const outcome = await workOn(created, message, parts, context)
      if (outcome?.error && outcome.isTold !== false) onError(outcome.error, message.id)
      if (!outcome || isDone(outcome)) continue
      await release?.(message, pauseSeconds(message, outcome.error))
      return false
    }
    return true
  } catch (cause) {
    const error = toAppError(cause)
    onError(error, message.id)
    await release?.(message, pauseSeconds(message, error))
    return false
  }
}

/** The state machine is started beside the message: of its first seconds, three receipts, nobody need be told. */
const TOLD_FROM = 4

/**
 * Whether a large file needs this message no longer: the state machine has begun its job, or the file is gone. A
 * message that was sent to open a job again has no event of the state machine's beside it.
 */
async function hasBegunElsewhere(
  { key, etag, versionId, job }: CreatedObject,
  store: WritableStore,
  context: Context,
): Promise<boolean> {
  if (job !== undefined) return false
  const version = versionId ?? etag ?? (await store.stat(key, context))?.etag
  return version === undefined || (await isTaken(store, key, version, context))
}

function notBegun({ key, bytes, job }: CreatedObject): AppError {
  if (job === undefined)
    return new AppError(
      'upstream_failed',
      `The state machine, which has files of this size split, has not begun ${key} (${bytes} bytes); see whether EventBridge is on for the bucket, and the rule's dead letters; the message comes again.`,
      { details: { key } },
    )
  return new AppError(
    'invalid_request',
    `Job ${job} of ${key} (${bytes} bytes) is the state machine's, not the queue's: ${redriveCommand(job, { split: true })}.`,
    { details: { key, job } },
  )
}

/** How a job stands, of either kind. */
interface Outcome {
  readonly status: string
  readonly error?: AppError
  /** False for what nobody need be told yet. */
  readonly isTold?: boolean
}

/** Hands an object to the service that it is for; nothing for one that is for none here. */
async function workOn(
  created: CreatedObject,
  message: QueueMessage,
  { batch, train, openBucket, splitBytes }: BatchHandlerParts,
  context: Context,
): Promise<Outcome | undefined> {
  const { bucket, key, bytes = 0 } = created
  const { id, receiveCount } = message
  if (trainFolderOf(key) !== undefined) {
    if (!train) return { status: 'left', error: trainIsOff(key) }
    return train.run({ store: await openBucket(bucket), key, message: { id, receiveCount } }, context)
  }
  if (!batch || !isInput(key)) return undefined
  const store = await openBucket(bucket)
  if (bytes < splitBytes) return batch.run({ ...requestOf(created, message), store }, context)
  if (await hasBegunElsewhere(created, store, context)) return undefined
  const error = notBegun(created)
  return { status: 'unfinished', error, isTold: !error.retryable || receiveCount >= TOLD_FROM }
}

/** Learning is off unless it is switched on: a job that nobody works on must not vanish in silence. */
function trainIsOff(key: string): AppError {
  return new AppError(
    'invalid_request',
    `The learning job ${key} was left: this worker does not learn; set TRAIN_JOBS=true, or run "npm run learn".`,
  )
}

const FIRST_PAUSE_SECONDS = 5
const LONGEST_PAUSE_SECONDS = 600
/** More than any dead-letter queue waits for: where there is none, a message came again 90 times a second. */
const MOST_AT_ONCE = 100

/**
 * A job that ran out of time goes on at once, and a message that is beyond help need not wait for the dead-letter
 * queue, if there is one. Trouble elsewhere gets time to pass, more with each try.
 */
function pauseSeconds({ receiveCount }: QueueMessage, error: AppError | undefined): number {
  if (!error || error.code === 'deadline_exceeded') return 0
  if (!error.retryable) return receiveCount > MOST_AT_ONCE ? LONGEST_PAUSE_SECONDS : 0
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (receiveCount - 1))
}

function requestOf({ key, etag, versionId, job }: CreatedObject, { id, receiveCount }: QueueMessage) {
  return { key, etag, versionId, job, message: { id, receiveCount } }
}

/**
 * A job that failed because of its file or settings is done: `_FAILED.json` says why. One that ended its workers goes
 * to the dead-letter queue, where a person looks at it.
 */
function isDone({ status }: Outcome): boolean {
  return status !== 'unfinished' && status !== 'poisoned'
}
