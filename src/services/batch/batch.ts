import { type Context, createContext } from '../../context.ts'
import { AppError, type ErrorCode, toAppError } from '../../errors.ts'
import { EVERY_MODEL, type Metrics } from '../../metrics.ts'
import type { Catalog } from '../../models/catalog.ts'
import type { ObjectStat, WritableStore } from '../../storage/store.ts'
import { type Message, noteAttempt } from './attempts.ts'
import { type Checkpoint, findCheckpoint } from './checkpoint.ts'
import { summarize, writeFailure, writeSuccess } from './finish.ts'
import { checkModel, type Job, openJob, readText } from './job.ts'
import { jobIdOf, jobKeys, partsOf, shardKeys, sidecarOf } from './job-keys.ts'
import type { BatchParts } from './parts.ts'
import { type JobPlan, planJob } from './plan.ts'
import { recordShard } from './record-shard.ts'
import { type Work, type WorkResult, work } from './worker.ts'

/** One object that was dropped, as an event tells of it. */
export interface BatchRequest {
  readonly store: WritableStore
  readonly key: string
  /** The version that the event speaks of; the object's present one when absent. */
  readonly etag?: string | undefined
  readonly versionId?: string | undefined
  readonly message?: Message | undefined
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
}

/** How a job can end. `poisoned`: it was tried too often without progress. */
export type JobEnd = 'succeeded' | 'failed' | 'poisoned' | 'cancelled'

/** Files to vectors. */
export interface BatchService {
  /**
   * Works on an object until it is done, its job has failed, or time is up. A job that has ended is left as it is.
   *
   * @throws AppError when the store cannot say whether there is such an object or job
   */
  run(request: BatchRequest, context: Context): Promise<BatchOutcome>
}

/** What the batch service is made of. */
export interface BatchServiceParts extends BatchParts {
  readonly catalog: Catalog
  readonly defaultModel: string
}

/** Nothing that is tried again will help: the job ends. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  'invalid_request',
  'empty_input',
  'payload_too_large',
  'input_too_long',
  'unauthorized',
  'unknown_model',
  'unsupported_task',
  'artifact_missing',
  'model_too_large',
])
/** Time to write the record of a failure when a context has ended. */
const LAST_WORDS_MS = 5000

/** The batch service of one process. */
export function createBatchService(parts: BatchServiceParts): BatchService {
  return {
    async run(request, context) {
      const { store, key } = request
      const stat = await store.stat(key, context)
      const etag = request.etag ?? stat?.etag
      if (etag === undefined) throw gone(key, 'is not there')
      const id = jobIdOf(key, request.versionId ?? etag)
      const status = await endOf(store, id, context)
      if (status) return { job: id, status }
      const outcome = await runJob({ ...request, id, etag, stat }, parts, context)
      recordEnd(outcome, context.metrics)
      return outcome
    },
  }
}

/** Jobs that end are counted under no model: those with wrong settings have none. */
function recordEnd({ status }: BatchOutcome, metrics: Metrics): void {
  if (status === 'succeeded') metrics.add(EVERY_MODEL, 'JobsSucceeded', 1)
  if (status === 'failed' || status === 'poisoned') metrics.add(EVERY_MODEL, 'JobsFailed', 1)
}

/** A request whose version is known. */
interface OpenRequest extends BatchRequest {
  readonly id: string
  readonly etag: string
  readonly stat: ObjectStat | undefined
}

/** Runs a job that has not ended, and ends it when it must be. */
async function runJob(
  request: OpenRequest,
  parts: BatchServiceParts,
  context: Context,
): Promise<BatchOutcome> {
  const { id, store, message } = request
  const run = { attempts: 1, checkpoint: undefined as Checkpoint | undefined }
  try {
    refuseChanged(request, request.stat)
    const job = await openJob(store, jobKeys(id), () => planOf(request, parts, context), context)
    checkModel(job.plan, parts.catalog)
    const format = await parts.openFormat(store, job.plan)
    const keys = shardKeys(id, format.extension)
    if (message && message.receiveCount > 1) {
      run.checkpoint = await findCheckpoint(store, keys.part, context)
      const shards = run.checkpoint?.shards ?? 0
      run.attempts = await noteAttempt(store, jobKeys(id).attempts(message.id), message, shards, context)
      if (run.attempts > parts.mostAttempts) throw poisonous(request, run.attempts, run.checkpoint)
    }
    const reader = await parts.openReader(store, job.plan)
    const { checkpoint, finished } = await workOn(
      request,
      job,
      { ...parts, format, reader, keys, isolate: run.attempts > 1 },
      context,
    )
    run.checkpoint = checkpoint
    if (!finished) return { job: id, status: 'unfinished', checkpoint }
    await parts.publish?.(store, job.plan, partsOf(keys, checkpoint.shards), context)
    await writeSuccess(store, jobKeys(id), summarize(job, checkpoint, parts.price), context)
    return { job: id, status: 'succeeded', checkpoint }
  } catch (cause) {
    return endFailed(request, toAppError(cause), run, context)
  }
}

type WorkParts = Pick<Work, 'embed' | 'format' | 'reader' | 'keys' | 'isolate'>

function workOn(
  request: OpenRequest,
  { plan }: Job,
  { embed, format, reader, keys, isolate }: WorkParts,
  context: Context,
): Promise<WorkResult> {
  const { store, onShard } = request
  let writtenAt = performance.now()
  const task: Work = {
    ...{ store, plan, keys, embed, format, reader, isolate },
    guard: (inner) => guard(request, inner),
    onShard(written) {
      writtenAt = performance.now()
      recordShard(plan, written, context.metrics)
      onShard?.(written.checkpoint, plan)
    },
  }
  return work(task, context).finally(() => {
    // What a worker that ends now has to do once more.
    context.metrics.add(plan.model.id, 'CheckpointLag', performance.now() - writtenAt)
  })
}

/** An object with what the store says of it. */
export interface StoredSource {
  readonly store: WritableStore
  readonly key: string
  readonly etag: string
  readonly versionId?: string | undefined
  readonly stat: ObjectStat | undefined
}

/** The plan of a job that begins now, its settings read from beside the object. */
export async function planOf(
  { store, key, etag, versionId, stat }: StoredSource,
  parts: Pick<BatchServiceParts, 'catalog' | 'defaultModel'>,
  context: Context,
): Promise<JobPlan> {
  const sidecar = await readText(store, sidecarOf(key), context)
  const { bytes = 0, metadata } = stat ?? {}
  return planJob({ key, etag, versionId, bytes, metadata }, { ...parts, sidecar })
}

/** How the job has ended, if it has. */
async function endOf(store: WritableStore, id: string, context: Context): Promise<JobEnd | undefined> {
  const keys = jobKeys(id)
  const ends = [
    [keys.success, 'succeeded'],
    [keys.failed, 'failed'],
    [keys.cancelled, 'cancelled'],
  ] as const
  const found = await Promise.all(ends.map(([key]) => store.stat(key, context)))
  const end = ends.find((_, index) => found[index])?.[1]
  if (end !== 'failed') return end
  const record = await readText(store, keys.failed, context)
  return record !== undefined && isPoisoned(JSON.parse(record)) ? 'poisoned' : 'failed'
}

function isPoisoned({ details }: Pick<AppError, 'details'>): boolean {
  return details.poisoned === true
}

/** Called before each shard is written: what was read before it was of the version that it should be of. */
async function guard(request: OpenRequest, context: Context): Promise<void> {
  const { store, key, id } = request
  const [stat, cancelled] = await Promise.all([
    store.stat(key, context),
    store.stat(jobKeys(id).cancelled, context),
  ])
  if (cancelled) throw new AppError('invalid_request', `Job ${id} was cancelled.`)
  refuseChanged(request, stat)
}

/**
 * Lets only the version through that a job is about.
 *
 * @throws AppError `artifact_missing` when the object was deleted or replaced
 */
export function refuseChanged(
  { key, etag }: { readonly key: string; readonly etag: string },
  stat: ObjectStat | undefined,
): void {
  if (!stat) throw gone(key, 'was deleted before its job was finished')
  if (stat.etag !== etag)
    throw gone(
      key,
      `was replaced before its job was finished, by version ${stat.etag}, which is a job of its own`,
    )
}

function gone(key: string, what: string): AppError {
  return new AppError('artifact_missing', `The input ${key} ${what}; drop the file again to start anew.`, {
    details: { key },
  })
}

function poisonous({ id }: OpenRequest, attempts: number, checkpoint: Checkpoint | undefined): AppError {
  const line = checkpoint?.line ?? 1
  return new AppError(
    'internal',
    `Job ${id} ended its worker ${attempts - 1} times in a row at the rows from line ${line} on; look at the log for memory or time that ran out, and make shards smaller with the setting shardRows.`,
    { details: { line, poisoned: true } },
  )
}

/** Records a failure that is for good; one that is not leaves the job to be continued. */
async function endFailed(
  request: OpenRequest,
  error: AppError,
  { attempts, checkpoint }: { attempts: number; checkpoint: Checkpoint | undefined },
  context: Context,
): Promise<BatchOutcome> {
  const { id: job, store, key, etag, versionId } = request
  const poisoned = isPoisoned(error)
  const final = FATAL.has(error.code) || poisoned || (error.code === 'inference_failed' && attempts > 1)
  if (!final) return { job, status: 'unfinished', checkpoint, error }
  const lastWords = createContext({
    ...context,
    signal: AbortSignal.timeout(LAST_WORDS_MS),
    deadline: Number.POSITIVE_INFINITY,
  })
  const ended = await endOf(store, job, lastWords)
  if (ended) return { job, status: ended }
  const reason = poisoned ? error : ((await changeOf(request, lastWords)) ?? error)
  await writeFailure(store, jobKeys(job), { job, key, etag, versionId }, reason, checkpoint, lastWords)
  return { job, status: poisoned ? 'poisoned' : 'failed', checkpoint, error: reason }
}

/** That the object was deleted or replaced, if it was: half of each version looks like a damaged file. */
async function changeOf(request: OpenRequest, context: Context): Promise<AppError | undefined> {
  const stat = await request.store.stat(request.key, context)
  try {
    refuseChanged(request, stat)
    return undefined
  } catch (cause) {
    return toAppError(cause)
  }
}
