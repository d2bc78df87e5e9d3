import type { Context as LambdaContext, SQSBatchResponse } from 'aws-lambda'
import { type Context, createContext } from '../context.ts'
import type { MetricsWriter } from '../emf.ts'
import { type AppError, toAppError } from '../errors.ts'
import type { BatchOutcome, BatchService } from '../services/batch/batch.ts'
import { isInput } from '../services/batch/job-keys.ts'
import type { WritableStore } from '../storage/store.ts'
import { type CreatedObject, type QueueMessage, readCreatedObjects, readMessages } from './batch-event.ts'

/** What Lambda calls with messages of the queue. */
export type BatchHandler = (event: unknown, lambda?: Partial<LambdaContext>) => Promise<SQSBatchResponse>

/** What a batch handler is made of. */
export interface BatchHandlerParts {
  readonly batch: BatchService
  openBucket(bucket: string): Promise<WritableStore>
  /** Objects of at least so many bytes are left to the state machine, which splits them. */
  readonly splitBytes: number
  /** Lets a message come again at once rather than when its time is up; the queue's own time when absent. */
  release?(message: QueueMessage, context: Context): Promise<void>
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
  return async (event, lambda = {}) => {
    const context = contextWithMargin(lambda)
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
export function contextWithMargin(lambda: Partial<LambdaContext>): Context {
  const remainingMs = lambda.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY
  const deadline = Date.now() + remainingMs - Math.min(MARGIN_MS, remainingMs * MARGIN_SHARE)
  return createContext({ deadline, ...(lambda.awsRequestId && { requestId: lambda.awsRequestId }) })
}

/** Whether the message has been dealt with for good. */
async function handle(message: QueueMessage, parts: BatchHandlerParts, context: Context): Promise<boolean> {
  const { batch, openBucket, splitBytes, release, onError } = parts
  try {
    for (const created of readCreatedObjects(message.body)) {
      if (!isInput(created.key) || (created.bytes ?? 0) >= splitBytes) continue
      const store = await openBucket(created.bucket)
      const outcome = await batch.run({ ...requestOf(created, message), store }, context)
      if (outcome.error) onError(outcome.error, message.id)
      if (isDone(outcome)) continue
      await release?.(message, context)
      return false
    }
    return true
  } catch (error) {
    onError(toAppError(error), message.id)
    return false
  }
}

function requestOf({ key, etag, versionId }: CreatedObject, { id, receiveCount }: QueueMessage) {
  return { key, etag, versionId, message: { id, receiveCount } }
}

/** A job that failed by its own fault is done: its record says why. One that kills its workers is for a human. */
function isDone({ status }: BatchOutcome): boolean {
  return status !== 'unfinished' && status !== 'poisoned'
}
