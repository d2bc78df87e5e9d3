import { createContext } from '../../src/context.ts'
import { isSeekable } from '../../src/formats/file-layout.ts'
import {
  type JobKeys,
  jobKeys,
  MESSAGES_PREFIX,
  OUTPUT_PREFIX,
  shardKeys,
} from '../../src/services/batch/plan/job-keys.ts'
import { readText, toJsonBytes } from '../../src/services/batch/plan/objects.ts'
import type { JobPlan } from '../../src/services/batch/plan/plan.ts'
import { type Checkpoint, findCheckpoint } from '../../src/services/batch/work/checkpoint.ts'
import type { JobRange } from '../../src/services/batch/work/ranges.ts'
import type { WritableStore } from '../../src/storage/store.ts'

/** How a job stands. */
export interface JobStatus {
  readonly job: string
  readonly state: 'succeeded' | 'failed' | 'cancelled' | 'begun'
  readonly key: string
  /** Of the object, in buckets that keep old versions. */
  readonly versionId?: string | undefined
  readonly rows: number
  readonly errors: number
  readonly shards: number
  /** How many ranges its file was split into, for a state machine. */
  readonly ranges?: number
  /** Whether the state machine has its file, rather than the queue. */
  readonly split: boolean
  /** Share of the file, where it can be known. */
  readonly share: number | undefined
  /** Why it failed. */
  readonly message?: string | undefined
}

const context = createContext({ requestId: 'command-line' })

/** The jobs below `output/`, in the order of their names; only `wanted` when it is given. */
export async function* listJobs(store: WritableStore, wanted?: string): AsyncGenerator<JobStatus, void> {
  const seen = new Set<string>()
  for await (const key of store.list(OUTPUT_PREFIX + (wanted ?? ''), context)) {
    const job = key.slice(OUTPUT_PREFIX.length).split('/')[0]!
    if (seen.has(job) || key.startsWith(MESSAGES_PREFIX)) continue
    seen.add(job)
    yield await statusOf(store, job)
  }
}

/** How the job stands, from the objects in its folder. */
export async function statusOf(store: WritableStore, job: string): Promise<JobStatus> {
  const keys = jobKeys(job)
  const [plan, success, failed, cancelled] = await Promise.all(
    [keys.job, keys.success, keys.failed, keys.cancelled].map((key) => readText(store, key, context)),
  )
  const parsed: { plan: JobPlan; split?: true } | undefined =
    plan === undefined ? undefined : JSON.parse(plan)
  const failure: { key: string; versionId?: string; message: string; split?: true } | undefined =
    failed && JSON.parse(failed)
  const ranges = parsed && (await rangesOf(store, job))
  const summary: Pick<Checkpoint, 'rows' | 'errors' | 'shards'> | undefined = success && JSON.parse(success)
  const checkpoints = parsed && !summary ? await checkpointsOf(store, parsed.plan, ranges) : []
  const [rows, errors, shards] = (['rows', 'errors', 'shards'] as const).map(
    (name) => summary?.[name] ?? checkpoints.reduce((sum, { done }) => sum + (done?.[name] ?? 0), 0),
  ) as [number, number, number]
  const state: JobStatus['state'] = summary
    ? 'succeeded'
    : failure
      ? 'failed'
      : cancelled
        ? 'cancelled'
        : 'begun'
  const { key = '', versionId } = parsed?.plan ?? failure ?? {}
  const bytes = checkpoints.reduce((sum, { start, done }) => sum + (done ? done.start - start : 0), 0)
  const share = summary ? 1 : parsed && shareOf(parsed.plan, { start: bytes })
  const split = (parsed?.split ?? failure?.split ?? ranges) !== undefined
  const place = { job, state, key, versionId, split, ...(ranges && { ranges: ranges.length }) }
  return { ...place, rows, errors, shards, share, message: failure?.message }
}

/** The share of a file that lies before a checkpoint; unknown for packed files. */
export function shareOf(
  { bytes, input }: JobPlan,
  checkpoint: Pick<Checkpoint, 'start'> | undefined,
): number | undefined {
  if (input.format === 'parquet' || !isSeekable(input)) return undefined
  return bytes === 0 ? 1 : (checkpoint?.start ?? 0) / bytes
}

async function rangesOf(store: WritableStore, job: string): Promise<readonly JobRange[] | undefined> {
  const text = await readText(store, jobKeys(job).ranges, context)
  return text === undefined ? undefined : JSON.parse(text)
}

/** How far the job has come, in each of its ranges where it was split. */
function checkpointsOf(store: WritableStore, { id, output }: JobPlan, ranges?: readonly JobRange[]) {
  const find = async (start: number, range?: number) => ({
    start,
    done: await findCheckpoint(store, shardKeys(id, output, range).part, context),
  })
  return Promise.all(ranges ? ranges.map(({ number, start }) => find(start, number)) : [find(0)])
}

/** Lets the job's workers stop before their next shard; what is there stays. */
export async function cancelJob(store: WritableStore, job: string): Promise<void> {
  await requireJob(store, job)
  const cancelled = { job, cancelledAt: new Date().toISOString() }
  await store.write(jobKeys(job).cancelled, toJsonBytes(cancelled), { onlyIfAbsent: true }, context)
}

/**
 * Lets a job that failed or was cancelled go on from its last shard with the next message; with `restart` from the
 * beginning and with settings read anew.
 *
 * @returns what writes the record of its end again, for when the job could not be started
 */
export async function reopenJob(
  store: WritableStore,
  job: string,
  restart: boolean,
): Promise<() => Promise<void>> {
  const keys = jobKeys(job)
  const { shards } = await requireJob(store, job)
  const anew = restart || shards === 0
  const endings: (readonly [key: string, text: string])[] = []
  for await (const key of store.list(keys.folder, context)) {
    if (isEnding(keys, key)) endings.push([key, (await readText(store, key, context)) ?? ''])
    if (anew || isEnding(keys, key)) await store.remove(key, context)
  }
  return async () => {
    for (const [key, text] of endings) await store.write(key, Buffer.from(text), {}, context)
  }
}

function isEnding(keys: JobKeys, key: string): boolean {
  return key === keys.failed || key === keys.cancelled
}

async function requireJob(store: WritableStore, job: string): Promise<JobStatus> {
  for await (const status of listJobs(store, job)) if (status.job === job) return status
  throw new Error(`${store.name} has no job ${job}; "npm run batch -- status" lists them.`)
}

/**
 * The input by which the state machine begins a file, or goes on with a job of it, as JSON: then it keeps to the ranges
 * of the first plan, and those that are done are passed over.
 *
 * @throws Error when the file is gone
 */
export async function executionOf(
  store: WritableStore,
  bucket: string,
  { key, versionId, job }: Pick<JobStatus, 'key' | 'versionId'> & { readonly job?: string },
): Promise<string> {
  const stat = await store.stat(key, context)
  if (!stat) throw new Error(`${store.name} has no ${key} any more; drop the file again.`)
  const object = { key, etag: stat.etag, ...(versionId && { 'version-id': versionId }), job }
  return JSON.stringify({ detail: { bucket: { name: bucket }, object } })
}
