import { relative } from 'node:path'
import { AppError, invalid, toAppError } from '../../errors.ts'
import type { BatchThread } from './batch-thread.ts'
import type { FileShelf } from './file-shelf.ts'
import { problemOf } from './problems.ts'
import { type BatchRecord, type BatchRecords, type BatchStatus, hasEnded } from './records.ts'
import { sourceOf } from './requests.ts'
import type { BatchEvents } from './run-batch.ts'
import type { BatchEnd, WrittenParts } from './shapes.ts'
import type { Space } from './space.ts'

/** Works on batches, one at a time, the oldest first. */
export interface Runner {
  /** Looks for a batch to work on, unless one is worked on already. */
  wake(): void
  /** @throws AppError `invalid_request` when the batch has ended */
  cancel(batch: BatchRecord): Promise<BatchRecord>
  /** Stops the work; the next runner over these records goes on with it. */
  close(): Promise<void>
}

/** What a runner is made of. */
interface RunnerParts {
  readonly folder: string
  readonly thread: BatchThread
  /** Told of what goes wrong with a batch beside its file and settings. */
  readonly onError?: ((error: AppError, batch: string) => void) | undefined
  readonly records: BatchRecords
  readonly shelf: FileShelf
  readonly space: Space
  readonly now: () => number
  readonly lifeSeconds: number
}

/** The batch that is worked on. */
interface Current {
  readonly id: string
  readonly stop: AbortController
  /** Why it was stopped by this process: as which it ends. */
  why?: 'cancelled' | 'expired' | AppError
}

/** Deaths of the thread; a job gives itself up before, and says at which rows. */
const MOST_TRIES = 10
/** Timers of Node hold no more than 24 days; a batch has one. */
const MOST_MS = 2 ** 31 - 1

/** A runner that works on nothing before it is woken. */
export function createRunner(parts: RunnerParts): Runner {
  const { records, now } = parts
  let current: Current | undefined
  let working: Promise<void> = Promise.resolve()
  let closed = false
  const next = () => records.list().find((batch) => !hasEnded(batch))
  const wake = () => {
    if (closed || current) return
    const batch = next()
    if (!batch) return
    const mine: Current = { id: batch.id, stop: new AbortController() }
    current = mine
    working = workOn(batch, mine, parts, () => closed).then(() => {
      current = undefined
      wake()
    })
  }
  return {
    wake,
    async cancel(batch) {
      if (hasEnded(batch)) {
        throw invalid(
          'batch_id',
          `The batch ${batch.id} is ${batch.status}; only one that has not ended can be cancelled.`,
        )
      }
      if (batch.status === 'cancelling') return batch
      const isCurrent = current?.id === batch.id
      const status: BatchStatus = isCurrent ? 'cancelling' : 'cancelled'
      const since = { ...batch.since, cancelling: now(), ...(!isCurrent && { cancelled: now() }) }
      const cancelled = { ...batch, status, since }
      await records.put(cancelled)
      if (current?.id === batch.id) {
        current.why = 'cancelled'
        current.stop.abort()
      }
      return cancelled
    },
    async close() {
      closed = true
      current?.stop.abort()
      await working
    },
  }
}

/** Takes one batch to its end, or as far as it may go. Never throws: whatever happens ends the batch. */
async function workOn(
  batch: BatchRecord,
  mine: Current,
  parts: RunnerParts,
  isClosed: () => boolean,
): Promise<void> {
  const { records, space, now, onError } = parts
  const { id } = batch
  let taken = 0
  const later = setTimeout(
    () => {
      mine.why ??= 'expired'
      mine.stop.abort()
    },
    Math.min(MOST_MS, Math.max(0, batch.expiresAt - now()) * 1000),
  )
  try {
    taken = await records.writtenBytes(id)
    space.occupy(taken)
    // One that was being cancelled when the process was killed only has to be ended.
    if (batch.status === 'cancelling') {
      mine.why = 'cancelled'
      mine.stop.abort()
    }
    const end = await runAgain(batch, mine, parts, (bytes) => {
      space.take(bytes)
      taken += bytes
    })
    if (end.status === 'stopped' && mine.why === undefined && isClosed()) return
    await finish(id, endFor(end, mine.why), parts)
  } catch (cause) {
    const error = toAppError(cause)
    onError?.(error, id)
    await finish(id, { status: 'failed', problems: [problemOf(error)] }, parts).catch((again) => {
      onError?.(toAppError(again), id)
      // A disk that cannot be written: others have their turn, and the next start tries this one again.
      records.note({ ...records.get(id)!, status: 'failed', problems: [problemOf(error)] })
    })
  } finally {
    clearTimeout(later)
    space.giveBack(taken)
  }
}

/** A thread that died is started anew: the shards are kept, and rows that end it too often end the batch. */
async function runAgain(...[batch, mine, parts, take]: Parameters<typeof run>): Promise<BatchEnd> {
  for (let tries = 1; ; tries++) {
    try {
      return await run(batch, mine, parts, take)
    } catch (cause) {
      const error = toAppError(cause)
      if (error.code !== 'inference_failed' || tries === MOST_TRIES || mine.stop.signal.aborted) throw error
      parts.onError?.(error, batch.id)
    }
  }
}

async function run(
  { id, settings, inputFileId }: BatchRecord,
  mine: Current,
  { folder, thread, records, shelf, now }: RunnerParts,
  take: (bytes: number) => void,
): Promise<BatchEnd> {
  const file = shelf.get(inputFileId)
  if (!file)
    throw new AppError(
      'artifact_missing',
      `The input file ${inputFileId} is not there any more; upload it again.`,
    )
  let saving: Promise<void> = Promise.resolve()
  const change = (changed: Partial<BatchRecord>) => ({ ...records.get(id)!, ...changed })
  const events: BatchEvents = {
    planned(found, total) {
      const known = change({ found, total })
      const isCancelling = known.status === 'cancelling'
      const since = { ...known.since, in_progress: now() }
      saving = records.put(isCancelling ? known : { ...known, status: 'in_progress', since })
    },
    progress: (counts) => records.note(change({ counts })),
    written(bytes) {
      try {
        take(bytes)
      } catch (error) {
        mine.why ??= toAppError(error)
        mine.stop.abort()
      }
    },
  }
  const task = {
    ...sourceOf(folder, file, settings),
    id,
    folder: records.folderOf(id),
    total: records.get(id)?.total,
  }
  const end = await thread.run(task, events, mine.stop.signal)
  await saving
  return end
}

/** What a batch ends as. */
type Ending = Pick<BatchRecord, 'status'> & Partial<Omit<BatchEnd, 'status'>>

function endFor(end: BatchEnd, why: Current['why']): Ending {
  const stopped = end.status === 'stopped'
  if (stopped && why instanceof AppError) return { ...end, status: 'failed', problems: [problemOf(why)] }
  if (stopped && (why === 'cancelled' || why === 'expired')) return { ...end, status: why }
  if (end.status !== 'stopped') return { ...end, status: end.status }
  const message = 'The batch stopped before its end, and nobody had asked for it; make it again.'
  return { ...end, status: 'failed', problems: [{ code: 'internal', message, param: null, line: null }] }
}

/** Writes the end of a batch: its files first, so that a process that is killed in between only does it again. */
async function finish(id: string, ending: Ending, parts: RunnerParts): Promise<void> {
  const { records, now } = parts
  const before = records.get(id)!
  const time = now()
  const { status, problems = [], warnings = [], reasons = [], counts = before.counts } = ending
  const finalizing = status === 'completed' ? { finalizing: time } : {}
  const since = { ...before.since, ...finalizing, [status]: time }
  if (status === 'completed') {
    await records.put({ ...before, status: 'finalizing', since: { ...before.since, ...finalizing }, counts })
  }
  const hasOutput = await adopt(before, before.outputFileId, 'output', ending.output, parts)
  const hasErrors = await adopt(before, before.errorFileId, 'error', ending.errors, parts)
  await records.put({ ...before, status, since, counts, problems, warnings, reasons, hasOutput, hasErrors })
  await records.tidy(id)
}

/** Makes a file of what lies in the batch's folder; nothing is copied. @returns whether there is anything */
async function adopt(
  batch: BatchRecord,
  fileId: string,
  kind: 'output' | 'error',
  written: WrittenParts | undefined,
  { folder, records, shelf, space, now, lifeSeconds }: RunnerParts,
): Promise<boolean> {
  if (!written || written.bytes === 0) return false
  const { keys, bytes } = written
  const below = relative(folder, records.folderOf(batch.id))
  if (shelf.get(fileId)) return true
  space.occupy(bytes)
  await shelf.adopt({
    id: fileId,
    filename: `${batch.id}_${kind}.jsonl`,
    purpose: 'batch_output',
    bytes,
    createdAt: now(),
    expiresAt: now() + lifeSeconds,
    parts: keys.map((key) => `${below}/${key}`),
  })
  return true
}
