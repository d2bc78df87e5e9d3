import * as v from 'valibot'
import type { Context } from '../../../context.ts'
import { type AppError, type ErrorCode, toAppError } from '../../../errors.ts'
import type { WritableStore } from '../../../storage/store.ts'
import { messageKey } from '../plan/job-keys.ts'
import { readText, toJsonBytes } from '../plan/objects.ts'

/** The queue's message that a job was started by. */
export interface Message {
  readonly id: string
  /** How often the queue has handed it out, from 1: SQS calls it ApproximateReceiveCount. */
  readonly receiveCount: number
  /** False when no other process can be handed it, so that its job need not be noted. */
  readonly shared?: boolean
}

const noteSchema = v.object({
  job: v.string(),
  key: v.string(),
  failures: v.optional(v.number(), 0),
  shards: v.optional(v.number(), 0),
  open: v.optional(v.boolean(), false),
})

/**
 * What is kept of a message while its job goes on: which job it began, whatever the settings are when it is handed out
 * again, and how its attempts ended.
 */
export interface Note {
  readonly job: string
  readonly key: string
  /** Attempts since the job's last new shard that its rows may be to blame for. */
  readonly failures: number
  /** That the job had when the note was written. */
  readonly shards: number
  /** Whether an attempt began and its end was not noted: if the message is handed out again, its worker died. */
  readonly open: boolean
}

/**
 * Errors that the rows may be to blame for. Outages, a lack of time and a lack of permission are not caused by rows.
 */
const OF_THE_ROWS: ReadonlySet<ErrorCode> = new Set(['inference_failed', 'internal'])

/** The note of an attempt that begins; one before it that is still open was a death. */
export function beginAttempt(job: string, key: string, before: Note | undefined): Note {
  const { failures = 0, shards = 0, open = false } = before ?? {}
  return { job, key, failures: failures + (open ? 1 : 0), shards, open: true }
}

/** The note once it is known how many shards the job has: where there are new ones, only the last death counts. */
export function countProgress(note: Note, shards: number, died: boolean): Note {
  return shards > note.shards ? { ...note, failures: died ? 1 : 0, shards } : note
}

/** The note of an attempt that ended with an error, or ran out of time. */
export function endAttempt(note: Note, shards: number, error: AppError | undefined): Note {
  const before = shards > note.shards ? 0 : note.failures
  const failed = error !== undefined && OF_THE_ROWS.has(error.code)
  return { ...note, failures: before + (failed ? 1 : 0), shards: Math.max(shards, note.shards), open: false }
}

/**
 * What was noted of a message about an object when it was handed out before, if anything was.
 *
 * @param notes the prefix of all notes; that of batch jobs when absent
 */
export async function readNote(
  store: WritableStore,
  message: string,
  key: string,
  context: Context,
  notes?: string,
): Promise<Note | undefined> {
  const text = await readText(store, messageKey(message, key, notes), context)
  return text === undefined ? undefined : v.parse(noteSchema, JSON.parse(text))
}

/** The attempts of one message at a job, as its worker notes them. */
export interface Attempts {
  /** Notes that an attempt begins. */
  begin(context: Context): Promise<void>
  /** Which attempt this is since the job's last new shard, from 1. */
  count(shards: number, context: Context): Promise<number>
  /**
   * Notes that the attempt ended, with an error or because time ran out. Where the store cannot be written, the note
   * stays open.
   */
  end(shards: number, error: AppError | undefined, context: Context): Promise<void>
  /** Forgets how they ended: a job that is opened again starts with none. */
  reset(context: Context): Promise<void>
  /** Removes the note: the message will not come again. */
  forget(context: Context): Promise<void>
}

/**
 * The attempts of a message that other processes may be handed; `before` is its note from when it was handed out last,
 * and `notes` the prefix of all notes, that of batch jobs when absent.
 */
export function openAttempts(
  store: WritableStore,
  message: Message,
  {
    job,
    key,
    before,
    notes,
  }: {
    readonly job: string
    readonly key: string
    readonly before: Note | undefined
    readonly notes?: string
  },
): Attempts {
  const place = messageKey(message.id, key, notes)
  let note = beginAttempt(job, key, before)
  const write = async (next: Note, context: Context) => {
    note = next
    await store.write(place, toJsonBytes(next), {}, context)
  }
  return {
    begin: (context) => write(note, context),
    async count(shards, context) {
      const next = countProgress(note, shards, before?.open === true)
      if (next !== note) await write(next, context)
      return note.failures + 1
    },
    async end(shards, error, context) {
      // When the store fails here, the note stays open, which counts as one death; the next attempts fail before they
      // write a note.
      await write(endAttempt(note, shards, error), context).catch(toAppError)
    },
    reset: (context) => write({ ...note, failures: 0, open: false }, context),
    forget: (context) => store.remove(place, context),
  }
}

/** The attempts of a process that is alone with its message, or has none: no other process would see its death. */
export function loneAttempts(message: Message | undefined): Attempts {
  const nothing = async () => undefined
  return {
    begin: nothing,
    end: nothing,
    reset: nothing,
    forget: nothing,
    count: async () => message?.receiveCount ?? 1,
  }
}
