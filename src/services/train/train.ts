import type { Context } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import { EVERY_MODEL } from '../../metrics.ts'
import { scopeStore } from '../../storage/scoped.ts'
import type { WritableStore } from '../../storage/store.ts'
import { contextToEnd } from '../batch/end-job.ts'
import { readText, toJsonBytes } from '../batch/plan/objects.ts'
import { type Attempts, loneAttempts, type Message, openAttempts, readNote } from '../batch/work/attempts.ts'
import { endJob, endOf, type TrainEnd } from './end.ts'
import { identify, type TrainJob } from './identify.ts'
import { LEARNED_NOTES, trainFolderOf, trainKeys } from './keys.ts'
import { type Learner, type LearnFile, readable } from './learner.ts'
import { endsLearning, tellable } from './say.ts'
import { chooseFiles, parseTrainSettings } from './settings.ts'
import { countSteps, openSteps } from './steps.ts'

/** One `learn.json` that was put below `train/`, as an event tells of it. */
export interface TrainRequest {
  readonly store: WritableStore
  readonly key: string
  readonly message?: Message | undefined
}

/** How a job stands after a worker had its turn. */
interface TrainOutcome {
  /** Absent when the files of the job are not there any more. */
  readonly job?: string
  /** `unfinished`: to be continued, by handing out the message again. `gone`: there is nothing to do. */
  readonly status: TrainEnd | 'unfinished' | 'gone'
  /** Why it failed or could not be finished now, in words for a log: no text of any pair. */
  readonly error?: AppError
}

/** Works on learning jobs: each turns a folder below `train/` into a report, and a model where the report is for it. */
export interface TrainService {
  /**
   * Works on a job until it has ended or time is up. A job that has ended is left as it is, so that a message may come
   * any number of times, to any number of workers at once.
   *
   * @throws AppError when the store cannot say what is there
   */
  run(request: TrainRequest, context: Context): Promise<TrainOutcome>
}

/** What the service is made of. */
interface TrainServiceParts {
  readonly learner: Learner
  /** Deaths of workers, or whole turns, without a step of progress after which a job is given up. */
  readonly mostAttempts: number
}

/** The learning service of one process. */
export function createTrainService(parts: TrainServiceParts): TrainService {
  return {
    async run({ store, key, message }, context) {
      const folder = trainFolderOf(key)
      const job = folder === undefined ? undefined : await identify(store, folder, context)
      await settleEarlier({ store, key, message }, job, context)
      if (!job) return { status: 'gone', error: gone(key) }
      const before =
        message && message.receiveCount > 1
          ? await readNote(store, message.id, key, context, LEARNED_NOTES)
          : undefined
      const attempts =
        message && message.shared !== false
          ? openAttempts(store, message, {
              job: job.id,
              key,
              before: before?.job === job.id ? before : undefined,
              notes: LEARNED_NOTES,
            })
          : loneAttempts(message)
      const outcome = await runJob(store, job, attempts, parts, context)
      if (outcome.status !== 'unfinished' && outcome.status !== 'poisoned') await attempts.forget(context)
      return outcome
    },
  }
}

/** A message that began with other versions of the files ends the job that it began: nobody would go on with it. */
async function settleEarlier(
  { store, key, message }: TrainRequest,
  job: TrainJob | undefined,
  context: Context,
): Promise<void> {
  if (!message || message.receiveCount < 2) return
  const note = await readNote(store, message.id, key, context, LEARNED_NOTES)
  if (!note || note.job === job?.id) return
  const keys = trainKeys(note.job)
  if (!(await store.stat(keys.job, context)) || (await endOf(store, keys, context))) return
  const now = job ? `; job ${job.id} learns from the ones that are there now` : ''
  const error = new AppError('artifact_missing', `The files of the job were replaced or deleted${now}.`)
  await endJob(store, keys, failureOf(note.job, key, error, 'failed'), context)
}

/** Runs a job that has not ended, and ends it when it must be. */
async function runJob(
  store: WritableStore,
  job: TrainJob,
  attempts: Attempts,
  parts: TrainServiceParts,
  context: Context,
): Promise<TrainOutcome> {
  const keys = trainKeys(job.id)
  const known = await endOf(store, keys, context)
  if (known) return { job: job.id, status: known }
  let steps = 0
  try {
    await attempts.begin(context)
    steps = await countSteps(store, keys, context)
    const count = await attempts.count(steps, context)
    if (count > parts.mostAttempts) throw stuck(job.id, count - 1)
    const record = await learn(store, job, parts.learner, context)
    const status = await endJob(store, keys, record, contextToEnd(context))
    context.metrics.add(EVERY_MODEL, 'JobsSucceeded', 1)
    return { job: job.id, status }
  } catch (cause) {
    const error = toAppError(cause)
    const inTime = contextToEnd(context)
    if (!endsLearning(error)) {
      const reached = await countSteps(store, keys, inTime).catch(() => steps)
      const used = Date.now() >= context.deadline && reached === steps
      await attempts.end(reached, used ? tooSlow(job.id) : error, inTime)
      return { job: job.id, status: 'unfinished', error: tellable(error, job.id) }
    }
    const end: TrainEnd = error.details.poisoned === true ? 'poisoned' : 'failed'
    const status = await endJob(store, keys, failureOf(job.id, job.key, error, end), inTime)
    if (status === end) context.metrics.add(EVERY_MODEL, 'JobsFailed', 1)
    if (status === 'poisoned') await attempts.reset(inTime)
    return { job: job.id, status, error: tellable(error, job.id) }
  }
}

/** Has the job done, and answers the record of its end. */
async function learn(store: WritableStore, job: TrainJob, learner: Learner, context: Context) {
  const keys = trainKeys(job.id)
  const settings = parseTrainSettings((await readText(store, job.key, context)) ?? '')
  const names = chooseFiles(
    settings,
    job.files.map(({ name }) => name),
  )
  const startedAt = await startOf(store, job, context)
  const fileOf = (name: string | undefined): LearnFile | undefined => {
    const file = job.files.find((one) => one.name === name)
    return file && readable(store, job.folder, file, context)
  }
  const { decision, ...result } = await learner.learn(
    {
      settings,
      fallbackName: job.name,
      pairs: fileOf(names.pairs)!,
      labels: fileOf(names.labels),
      guard: fileOf(names.guard),
      startedAt,
      steps: openSteps(store, keys, context),
      output: scopeStore(store, keys.folder),
    },
    context,
  )
  // Files are read by their keys: of those that were replaced meanwhile nothing is known any more.
  if ((await identify(store, job.folder, context))?.id !== job.id) throw replaced(job.folder)
  return {
    end: decision,
    job: job.id,
    input: { folder: job.folder, files: job.files },
    ...result,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
  }
}

/** When the first worker began: the name of the model has its month, which must not change while the job goes on. */
async function startOf(store: WritableStore, job: TrainJob, context: Context): Promise<Date> {
  const keys = trainKeys(job.id)
  const record = { job: job.id, folder: job.folder, files: job.files, startedAt: new Date().toISOString() }
  await store.write(keys.job, toJsonBytes(record), { onlyIfAbsent: true }, context)
  const text = await readText(store, keys.job, context)
  const { startedAt }: { startedAt?: string } = text === undefined ? record : JSON.parse(text)
  return new Date(startedAt ?? record.startedAt)
}

function failureOf(job: string, key: string, { code, message, details }: AppError, end: TrainEnd) {
  const remedy = 'Correct what the message names and upload learn.json again: that begins a job of its own.'
  return { end, job, key, code, message, details, remedy, failedAt: new Date().toISOString() }
}

function gone(key: string): AppError {
  return new AppError('artifact_missing', `The object ${key} is not there any more; upload it again.`)
}

function replaced(folder: string): AppError {
  return new AppError(
    'artifact_missing',
    `The files of ${folder} were replaced while they were learned from; upload learn.json again, last.`,
  )
}

function stuck(job: string, attempts: number): AppError {
  return new AppError(
    'internal',
    `Job ${job} ended its worker, or took all of its time, ${attempts} times without a step of progress; give the function more memory and time (trainMemory, trainTimeout), send fewer pairs, or run "npm run learn" on a machine of your own.`,
    { details: { poisoned: true } },
  )
}

function tooSlow(job: string): AppError {
  return new AppError('internal', `Job ${job} took all of its time without a step of progress.`)
}
