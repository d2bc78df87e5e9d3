import * as v from 'valibot'
import type { Context } from '../../../context.ts'
import type { WritableStore } from '../../../storage/store.ts'
import { readText, toJsonBytes } from '../plan/objects.ts'

/** The queue's message that a job was started by. */
export interface Message {
  readonly id: string
  /** How often the queue has handed it out, from 1: SQS calls it ApproximateReceiveCount. */
  readonly receiveCount: number
  /** False when no other process can be handed it, so that its job need not be noted. */
  readonly shared?: boolean
}

const noteSchema = v.object({ base: v.number(), shards: v.number() })

/** What a message had achieved when it was looked at last. */
export interface Note {
  /** Receive count up to which there was progress. */
  readonly base: number
  readonly shards: number
}

/**
 * How often, this time included, a message has been tried since the job's last new shard. A job of hours is handed out
 * many times and makes progress each time; one that kills its workers makes none.
 *
 * @param note what was noted at the last try, if there was one
 * @param shards that the job has now, by whichever worker
 */
export function countAttempts(
  note: Note | undefined,
  { receiveCount }: Message,
  shards: number,
): { readonly attempts: number; readonly note: Note } {
  const progressed = note !== undefined && shards > note.shards
  const base = progressed ? receiveCount - 1 : (note?.base ?? 0)
  return { attempts: receiveCount - base, note: { base, shards } }
}

/** Counts and notes a try. The first one, which is nearly always the only one, costs nothing. */
export async function noteAttempt(
  store: WritableStore,
  key: string,
  message: Message,
  shards: number,
  context: Context,
): Promise<number> {
  if (message.receiveCount <= 1) return 1
  const text = await readText(store, key, context)
  const before = text === undefined ? undefined : v.parse(noteSchema, JSON.parse(text))
  const { attempts, note } = countAttempts(before, message, shards)
  await store.write(key, toJsonBytes(note), {}, context)
  return attempts
}
