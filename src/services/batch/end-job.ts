import { type Context, createContext } from '../../context.ts'
import { AppError, type ErrorCode, toAppError } from '../../errors.ts'
import { EVERY_MODEL, type Metrics } from '../../metrics.ts'
import type { ObjectStat, WritableStore } from '../../storage/store.ts'
import { writeFailure } from './finish.ts'
import { jobKeys } from './plan/job-keys.ts'
import { readText } from './plan/objects.ts'
import type { Checkpoint } from './work/checkpoint.ts'
import type { ErrorReason } from './work/reasons.ts'

/** How a job can end. `poisoned`: it was tried too often without progress. */
export type JobEnd = 'succeeded' | 'failed' | 'poisoned' | 'cancelled'

/** Errors that another try cannot repair: they end the job. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  'invalid_request',
  'empty_input',
  'payload_too_large',
  'input_too_long',
  'unauthorized',
  'unknown_model',
  'unsupported_task',
  'artifact_missing',
  'runtime_missing',
  'model_too_large',
])

/** Whether another try would come to the same: by the code, or because it was tried too often already. */
export function isFinal(error: AppError): boolean {
  return (FATAL.has(error.code) && !error.retryable) || isPoisoned(error)
}

/** Time to write the record of a failure when a context has ended. */
const FAILURE_WRITE_MS = 5000

/** Jobs that end are counted under no model: those with wrong settings have none. */
export function recordEnd(status: string, metrics: Metrics): void {
  if (status === 'succeeded') metrics.add(EVERY_MODEL, 'JobsSucceeded', 1)
  if (status === 'failed' || status === 'poisoned') metrics.add(EVERY_MODEL, 'JobsFailed', 1)
}

/**
 * Tells how old a job is that is not finished. The age of its message says so only while that was handed out at most
 * twice: what is received more often SQS leaves out of `ApproximateAgeOfOldestMessage`.
 *
 * @param startedAt ISO 8601, when its first worker began
 */
export function recordAge(startedAt: string, metrics: Metrics): void {
  metrics.add(EVERY_MODEL, 'JobAge', Date.now() - Date.parse(startedAt))
}

/** How the job has ended, if it has. */
export async function endOf(store: WritableStore, id: string, context: Context): Promise<JobEnd | undefined> {
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

/** Whether an error says that its job ends the workers that try it. */
function isPoisoned({ details }: Pick<AppError, 'details'>): boolean {
  return details.poisoned === true
}

/** A job with its object, and how both are spoken of. */
interface EndingJob {
  readonly id: string
  readonly store: WritableStore
  readonly key: string
  readonly etag: string
  readonly versionId?: string | undefined
  readonly words?: SourceWords | undefined
}

/** How a file is spoken of to its owner, where it does not lie in a bucket. */
export interface SourceWords {
  /** Its name. */
  readonly file: string
  /** How to start anew: `run the command again`. */
  readonly again: string
}

/**
 * Lets only the version through that a job is about.
 *
 * @throws AppError `artifact_missing` when the object was deleted or replaced
 */
export function refuseChanged(
  source: Pick<EndingJob, 'key' | 'etag' | 'words'>,
  stat: ObjectStat | undefined,
): void {
  if (!stat) throw gone(source, 'was deleted before its job was finished')
  if (stat.etag === source.etag) return
  const other = source.words ? '' : `, by version ${stat.etag}, which is a job of its own`
  throw gone(source, `was replaced before its job was finished${other}`)
}

/**
 * Asked before each shard is written: what was read before it was of the version that it should be of.
 *
 * @throws AppError `invalid_request` when the job was cancelled, `artifact_missing` as {@link refuseChanged} does
 */
export async function refuseEnded(job: EndingJob, context: Context): Promise<void> {
  const { store, key, id } = job
  const [stat, cancelled] = await Promise.all([
    store.stat(key, context),
    store.stat(jobKeys(id).cancelled, context),
  ])
  if (cancelled) throw new AppError('invalid_request', `Job ${id} was cancelled.`)
  refuseChanged(job, stat)
}

/** The error of an object that is not the version its job is about. */
export function gone({ key, words }: Pick<EndingJob, 'key' | 'words'>, what: string): AppError {
  const { file = `input ${key}`, again = 'drop the file again to start anew' } = words ?? {}
  return new AppError('artifact_missing', `The ${file} ${what}; ${again}.`, { details: { key } })
}

/** How far a worker came before it failed. */
export interface FailedRun {
  readonly attempts: number
  readonly checkpoint: Checkpoint | undefined
  readonly reasons: readonly ErrorReason[]
}

/** How a job stands that could not be worked on to its end. */
interface FailedEnd {
  readonly status: JobEnd | 'unfinished'
  readonly checkpoint?: Checkpoint | undefined
  readonly error?: AppError
  readonly reasons?: readonly ErrorReason[]
}

/** A model's file with the right hash that cannot be used: another try would find the same. */
function isDamaged({ code, retryable }: AppError): boolean {
  return code === 'artifact_corrupt' && !retryable
}

/** A context for what must still be written when another one has ended. */
export function contextToEnd(context: Context): Context {
  const signal = AbortSignal.timeout(FAILURE_WRITE_MS)
  return createContext({ ...context, signal, deadline: Number.POSITIVE_INFINITY })
}

/** Records a failure that is for good; one that is not leaves the job to be continued. */
export async function endFailed(
  ending: EndingJob,
  error: AppError,
  { attempts, checkpoint, reasons }: FailedRun,
  context: Context,
): Promise<FailedEnd> {
  const { id: job, store, key, etag, versionId } = ending
  const poisoned = isPoisoned(error)
  const final = isFinal(error) || isDamaged(error) || (error.code === 'inference_failed' && attempts > 1)
  if (!final) return { status: 'unfinished', checkpoint, error }
  const inTime = contextToEnd(context)
  const ended = await endOf(store, job, inTime)
  if (ended) return { status: ended }
  const reason = poisoned ? error : ((await changeOf(ending, inTime)) ?? error)
  await writeFailure(
    store,
    jobKeys(job),
    { job, key, etag, versionId },
    reason,
    { checkpoint, reasons },
    inTime,
  )
  return { status: poisoned ? 'poisoned' : 'failed', checkpoint, error: reason, reasons }
}

/** The error of a deleted or replaced object, if it was: a read that meets two versions looks like a damaged file. */
async function changeOf(ending: EndingJob, context: Context): Promise<AppError | undefined> {
  const stat = await ending.store.stat(ending.key, context)
  try {
    refuseChanged(ending, stat)
    return undefined
  } catch (cause) {
    return toAppError(cause)
  }
}
