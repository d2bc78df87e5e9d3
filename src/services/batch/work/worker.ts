import type { Context } from '../../../context.ts'
import { isSeekable } from '../../../formats/file-layout.ts'
import type { RecordReader, Seen } from '../../../formats/record.ts'
import type { WritableStore } from '../../../storage/store.ts'
import { releaseMemory } from '../../../vector/release.ts'
import type { ShardKeys } from '../plan/job-keys.ts'
import { groupRecords, type RecordGroup, readAhead, textSize, writtenSize } from '../rows/record-groups.ts'
import { type Checkpoint, findCheckpoint, fromMetadata, startingAt, toMetadata } from './checkpoint.ts'
import { collectGarbage } from './collect-garbage.ts'
import { type OpenShard, openShard, type Shard, type ShardJob } from './make-shard.ts'
import type { JobRange } from './ranges.ts'

/** One object, or one byte range of it, to be worked through. */
export interface Work extends ShardJob {
  readonly keys: ShardKeys
  readonly store: WritableStore
  readonly reader: RecordReader
  /** The last checkpoint, which the caller has looked for. */
  readonly checkpoint: Checkpoint | undefined
  /** Bytes of the object that are this worker's; all when absent. */
  readonly range?: Pick<JobRange, 'start' | 'end' | 'index' | 'line'> | undefined
  /** Throws when the work is no longer wanted or its source has changed. Asked before each shard is written. */
  guard(context: Context): Promise<void>
  /** Throws when a checkpoint says that the job cannot succeed any more. Asked of each shard that is in its place. */
  readonly judge?: ((checkpoint: Checkpoint, context: Context) => Promise<void>) | undefined
  /** Told of each shard that was written, by this worker. */
  onShard?(written: WrittenShard): void
}

/** A shard that this worker has written. */
export interface WrittenShard {
  readonly checkpoint: Checkpoint
  readonly before: Checkpoint
  /** Of the shard and its error rows. */
  readonly bytes: number
  /** From its first record until it was stored: the work that would be lost if the worker were killed in between. */
  readonly milliseconds: number
}

/** How a worker ended. */
interface WorkResult {
  readonly checkpoint: Checkpoint
  /** Whether every record has been worked on; otherwise the time was up. */
  readonly finished: boolean
}

/** Bytes of records in one shard, which bounds memory whatever the rows. */
const SHARD_RECORD_BYTES = 16 * 1024 * 1024
/**
 * Shards between two garbage collections, about a second of work at the fastest. The first one follows the second
 * shard: by then nothing of the model's loading is in use any more.
 */
const SHARDS_PER_GARBAGE_COLLECTION = 8
/** How much longer than the slowest shard so far the next one may take. */
const SLOWER = 1.3

/**
 * Works from the last checkpoint to the end or until the next shard would not be ready in time. Reading is some
 * rows ahead of the model and writing one shard behind. Where another worker has written a shard first, this one goes
 * on behind it.
 *
 * @throws AppError what reading, the model, the store or the guard throws; shards that were written stay
 */
export async function work(task: Work, context: Context): Promise<WorkResult> {
  const { store, keys, range } = task
  let { checkpoint } = task
  while (true) {
    const from = checkpoint ?? startingAt(range?.start, range?.index, range?.line)
    const pass = await runPass(task, from, context)
    if (pass !== 'overtaken') return pass
    checkpoint = await findCheckpoint(store, keys.part, context)
  }
}

/** From one checkpoint on, as long as no other worker interferes. */
async function runPass(task: Work, from: Checkpoint, context: Context): Promise<WorkResult | 'overtaken'> {
  await task.judge?.(from, context)
  if (from.last) return { checkpoint: from, finished: true }
  const clock = createClock(context)
  const writer = createWriter(task, from, clock, context)
  try {
    let shard: OpenShard | undefined
    let begun = 0
    const seen: Seen = { blankLines: 0 }
    for await (const group of readAhead(groupsOf(task, from, seen, context))) {
      if (!shard) {
        if (!clock.hasRoom()) {
          return (await writer.settle()) ? { checkpoint: writer.written(), finished: false } : 'overtaken'
        }
        begun = performance.now()
        shard = openShard(writer.latest(), task)
      }
      await shard.add(group, context)
      if (!group.end) continue
      const made = await shard.finish(group.end)
      if (!(await writer.settle())) return 'overtaken'
      await task.judge?.(writer.written(), context)
      writer.write(made, begun)
      shard = undefined
      if (made.checkpoint.shards % SHARDS_PER_GARBAGE_COLLECTION === 2) collectGarbage()
    }
    if (!(await writer.settle())) return 'overtaken'
    await task.judge?.(writer.written(), context)
    const checkpoint = writer.written()
    // Where there was no record, no shard has counted the blank lines.
    const blankLines = checkpoint === from ? from.blankLines + seen.blankLines : checkpoint.blankLines
    return { checkpoint: { ...checkpoint, blankLines }, finished: true }
  } finally {
    await writer.rest()
  }
}

interface Settled {
  readonly won: boolean
  readonly error?: unknown
}

/** Writes one shard at a time, while the next one is made. */
function createWriter(task: Work, from: Checkpoint, clock: Clock, context: Context) {
  let [latest, written] = [from, from]
  let writing: Promise<Settled> = Promise.resolve({ won: true })
  return {
    /** The checkpoint that the next shard follows. */
    latest: () => latest,
    /** The checkpoint of the last shard that is in its place. */
    written: () => written,
    /** Begins to write; a failure shows when the next shard is ready. */
    write(shard: Shard, begun: number): void {
      const before = latest
      latest = shard.checkpoint
      // A worker that died here may have left errors of a shard that it never wrote.
      const removesLeftErrors = before === from
      writing = commit(task, shard, { before, removesLeftErrors }, context).then(
        (won) => {
          const milliseconds = performance.now() - begun
          clock.count(milliseconds)
          const { checkpoint, body, errors } = shard
          if (won) task.onShard?.({ checkpoint, before, bytes: body.length + errors.length, milliseconds })
          releaseMemory(body)
          return { won }
        },
        (error: unknown) => ({ won: false, error }),
      )
    },
    /** Waits for what is being written, and tells whether this worker was the first to write it. */
    async settle(): Promise<boolean> {
      const { won, error } = await writing
      if (error !== undefined) throw error
      if (won) written = latest
      return won
    },
    /** Waits, whatever comes of it: nothing may go on when an invocation has ended. */
    rest: () => writing,
  }
}

function groupsOf(
  { plan, reader, range }: Work,
  from: Checkpoint,
  seen: Seen,
  context: Context,
): AsyncGenerator<RecordGroup, void> {
  const { start, index, line } = from
  // The end of a range is a place in the file's bytes, which are not those of a packed text.
  const end = range && (plan.input.format === 'parquet' || isSeekable(plan.input)) ? range.end : undefined
  const records = reader.read({ start, index, line, ...(end !== undefined && { end }) }, context, seen)
  const sizeOf = plan.input.format === 'parquet' ? textSize : writtenSize
  return groupRecords(records, { records: plan.shardRows, bytes: SHARD_RECORD_BYTES, sizeOf }, seen)
}

/**
 * Writes a shard; its errors first, since the shard is what counts. Of two workers one may have seen a passing failure of
 * the model: before the shard is written errors are only put where there are none, and behind it by its writer alone, so
 * that they are those of the shard. (A worker that ends between the two leaves errors of another one.)
 *
 * @returns whether this worker was the first
 */
async function commit(
  { store, keys, guard }: Work,
  { body, errors, checkpoint }: Shard,
  { before, removesLeftErrors }: { readonly before: Checkpoint; readonly removesLeftErrors: boolean },
  context: Context,
): Promise<boolean> {
  const number = checkpoint.shards - 1
  const [part, beside] = [keys.part(number), keys.errors(number)]
  await guard(context)
  const hasErrors = errors.length > 0
  const placed = hasErrors && (await store.write(beside, errors, { onlyIfAbsent: true }, context))
  if (!hasErrors && removesLeftErrors) await store.remove(beside, context)
  const metadata = toMetadata(checkpoint)
  const won = await store.write(part, body, { metadata, onlyIfAbsent: true }, context)
  if (won && hasErrors && !placed) await store.write(beside, errors, {}, context)
  if (!won && hasErrors) {
    const first = fromMetadata((await store.stat(part, context))?.metadata, part)
    if (first.errors === before.errors) await store.remove(beside, context)
  }
  return won
}

interface Clock {
  count(milliseconds: number): void
  /** Whether another shard will be ready in time, if it takes somewhat longer than the slowest so far. */
  hasRoom(): boolean
}

function createClock({ deadline }: Context): Clock {
  let slowestMs = 0
  return {
    count(milliseconds) {
      slowestMs = Math.max(slowestMs, milliseconds)
    },
    hasRoom: () => Date.now() + slowestMs * SLOWER < deadline,
  }
}
