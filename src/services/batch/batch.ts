import type { Context } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import type { ObjectStat, WritableStore } from '../../storage/store.ts'
import {
  contextToEnd,
  endFailed,
  endOf,
  type FailedRun,
  gone,
  type JobEnd,
  recordAge,
  recordEnd,
  refuseChanged,
  refuseEnded,
  type SourceWords,
} from './end-job.ts'
import { summarize, writeSuccess } from './finish.ts'
import { checkModel, openJob, planOf } from './job.ts'
import {
  hasBegun,
  type IdentifiedJob,
  identifyJob,
  lateSettings,
  type SettingsParts,
  type StoredSource,
} from './plan/identify.ts'
import { jobKeys, partsOf, shardKeys } from './plan/job-keys.ts'
import type { JobPlan } from './plan/plan.ts'
import {
  type Attempts,
  loneAttempts,
  type Message,
  type Note,
  openAttempts,
  readNote,
} from './work/attempts.ts'
import { type Checkpoint, findCheckpoint } from './work/checkpoint.ts'
import type { BatchParts } from './work/parts.ts'
import { type ErrorReason, readReasons } from './work/reasons.ts'
import { recordLag, recordShard } from './work/record-shard.ts'
import { refuseRepeatedIds } from './work/repeated-ids.ts'
import { failureOf, verdictOf } from './work/verdict.ts'
import { type Work, work } from './work/worker.ts'

/** One object that was put under `input/`, as an event tells of it. */
export interface BatchRequest {
  readonly store: WritableStore
  readonly key: string
  /** The version that the event speaks of; the object's present one when absent. */
  readonly etag?: string | undefined
  readonly versionId?: string | undefined
  readonly message?: Message | undefined
  /** The job to go on with, if it has begun, whatever the object's settings are now. */
  readonly job?: string | undefined
  /** How the file is spoken of, where it does not lie in a bucket. */
  readonly words?: SourceWords | undefined
  /** Told of each shard that this worker wrote. */
  readonly onShard?: ((checkpoint: Checkpoint, plan: JobPlan) => void) | undefined
}

/** How a job stands after a worker had its turn. */
export interface BatchOutcome {
  readonly job: string
  /** `unfinished`: to be continued, by handing out the message again. */
  readonly status: JobEnd | 'unfinished'
  readonly checkpoint?: Checkpoint | undefined
  /** Why the job failed or could not be finished now. */
  readonly error?: AppError
  /** Why rows failed, the commonest reason first, once the job has ended. */
  readonly reasons?: readonly ErrorReason[]
}

/** Works on jobs: each turns one file into vectors, matches or members of a collection. */
export interface BatchService {
  /**
   * Works on an object until it is done, its job has failed, or time is up. A job that has ended is left as it is.
   *
   * @throws AppError when the store cannot say whether there is such an object or job
   */
  run(request: BatchRequest, context: Context): Promise<BatchOutcome>
}

/** What the batch service is made of. */
export interface BatchServiceParts extends BatchParts, SettingsParts {}

/** The batch service of one process. */
export function createBatchService(parts: BatchServiceParts): BatchService {
  return {
    async run(request, context) {
      const { store, key, message } = request
      const stat = await store.stat(key, context)
      const etag = request.etag ?? stat?.etag
      if (etag === undefined) throw gone(request, 'is not there')
      const { identified, before } = await findJob({ ...request, etag, stat }, parts, context)
      const { id } = identified
      const attempts = isShared(message)
        ? openAttempts(store, message, { job: id, key, before })
        : loneAttempts(message)
      const status = await endOf(store, id, context)
      const outcome = status
        ? { job: id, status }
        : await runJob({ ...request, id, etag, stat, identified, attempts }, parts, context)
      if (!status) recordEnd(outcome.status, context.metrics)
      if (outcome.status !== 'unfinished' && outcome.status !== 'poisoned') await attempts.forget(context)
      return outcome
    },
  }
}

/**
 * The job that a request is about: the one it names, or the one that its message began when it was handed out before,
 * or else that of the object's settings as they are now.
 */
async function findJob(
  request: BatchRequest & StoredSource,
  parts: SettingsParts,
  context: Context,
): Promise<{ readonly identified: IdentifiedJob; readonly before: Note | undefined }> {
  const { store, key, message, job } = request
  const handedOut = isShared(message) && message.receiveCount > 1
  const before = handedOut ? await readNote(store, message.id, key, context) : undefined
  const id = before?.job ?? job
  const now = await identifyJob(request, parts, context)
  const begun = id !== undefined && (await hasBegun(store, id, context))
  const identified = begun ? { ...now, id } : now
  // A worker may have died before the job had a plan: that counts too, unless the settings now make another job.
  return { identified, before: before?.job === identified.id ? before : undefined }
}

function isShared(message: Message | undefined): message is Message {
  return message !== undefined && message.shared !== false
}

/** A request whose version is known. */
interface OpenRequest extends BatchRequest {
  readonly id: string
  readonly etag: string
  readonly stat: ObjectStat | undefined
  readonly identified: IdentifiedJob
  readonly attempts: Attempts
}

/** What a run has found out so far; the end of the job is written from it, whatever ends the run. */
type OpenRun = { -readonly [Name in keyof FailedRun]: FailedRun[Name] } & { startedAt?: string }

/** Runs a job that has not ended, ends it when it must be, and notes how the attempt went. */
async function runJob(
  request: OpenRequest,
  parts: BatchServiceParts,
  context: Context,
): Promise<BatchOutcome> {
  const run: OpenRun = { attempts: 1, checkpoint: undefined, reasons: [] }
  const outcome = await tryJob(request, run, parts, context).catch(async (cause) => ({
    job: request.id,
    ...(await endFailed(request, toAppError(cause), run, context)),
  }))
  const inTime = contextToEnd(context)
  if (outcome.status === 'unfinished') {
    if (run.startedAt !== undefined) recordAge(run.startedAt, context.metrics)
    await request.attempts.end(run.checkpoint?.shards ?? 0, outcome.error, inTime)
  }
  if (outcome.status === 'poisoned') await request.attempts.reset(inTime)
  return outcome
}

async function tryJob(
  request: OpenRequest,
  run: OpenRun,
  parts: BatchServiceParts,
  context: Context,
): Promise<BatchOutcome> {
  const { id, store, identified, attempts } = request
  refuseChanged(request, request.stat)
  await attempts.begin(context)
  const job = await openJob(store, jobKeys(id), () => planOf(request, identified, parts, context), context)
  run.startedAt = job.startedAt
  await checkModel(job.plan, parts.catalog, context)
  const format = await parts.openFormat(store, job.plan)
  const keys = shardKeys(id, format.extension)
  run.checkpoint = await findCheckpoint(store, keys.part, context)
  run.attempts = await attempts.count(run.checkpoint?.shards ?? 0, context)
  if (run.attempts > parts.mostAttempts) throw poisonous(request, run.attempts, run.checkpoint)
  const reader = await parts.openReader(store, job.plan, context)
  if (!run.checkpoint) await refuseRepeatedIds(job.plan, reader, context)
  let writtenAt = performance.now()
  const task: Work = {
    store,
    plan: job.plan,
    keys,
    checkpoint: run.checkpoint,
    embed: parts.embed,
    format,
    openAi: parts.openAi,
    reader,
    isolate: run.attempts > 1,
    guard: (inner) => refuseEnded(request, inner),
    async judge(checkpoint, inner) {
      run.checkpoint = checkpoint
      const verdict = verdictOf(job.plan, checkpoint)
      if (!verdict) return
      run.reasons = await readReasons(store, [{ keys, checkpoint }], inner)
      throw failureOf(verdict, job.plan, checkpoint, run.reasons)
    },
    onShard(written) {
      writtenAt = performance.now()
      recordShard(job.plan, written, context.metrics)
      request.onShard?.(written.checkpoint, job.plan)
    },
  }
  const { checkpoint, finished } = await work(task, context).finally(() => {
    recordLag(job.plan, writtenAt, context.metrics)
  })
  run.checkpoint = checkpoint
  if (!finished) return { job: id, status: 'unfinished', checkpoint }
  const reasons = await readReasons(store, [{ keys, checkpoint }], context)
  run.reasons = reasons
  await parts.publish?.(store, job.plan, partsOf(keys, checkpoint.shards), context)
  const warnings = await lateSettings(request, job.plan, parts, context)
  const summary = summarize(job, { checkpoint, reasons, warnings }, parts.price)
  await writeSuccess(store, jobKeys(id), summary, context)
  return { job: id, status: 'succeeded', checkpoint, reasons }
}

function poisonous({ id }: OpenRequest, attempts: number, checkpoint: Checkpoint | undefined): AppError {
  const line = checkpoint?.line ?? 1
  return new AppError(
    'internal',
    `Job ${id} ended its worker ${attempts - 1} times in a row at the rows from line ${line} on; look at the log for memory or time that ran out, and make shards smaller with the setting shardRows.`,
    { details: { line, poisoned: true } },
  )
}
