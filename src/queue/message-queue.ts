import type { QueueMessage } from '../lambda/batch-event.ts'

/** A queue that hands out messages for a while, of which SQS is one: at least once, in any order. */
export interface MessageQueue {
  /** How it is spoken of. */
  readonly name: string
  /**
   * At most so many messages (1 to 10), which nobody else is given for the queue's time; none when there are none for
   * some seconds, or once `signal` aborts.
   *
   * @throws AppError when the queue gives none and says why
   */
  receive(most: number, signal: AbortSignal): Promise<QueueMessage[]>
  /**
   * Hides a message for so many seconds from now (0: shows it).
   *
   * @param limitMs longest time for an answer
   * @throws MessageGone when it is not this worker's any more
   */
  hide(receipt: string, seconds: number, limitMs: number): Promise<void>
  /** Removes a message for good. */
  remove(receipt: string): Promise<void>
}

/** Says that a message is no longer hidden for this worker, or not there: others may have been given it. */
export class MessageGone extends Error {}
