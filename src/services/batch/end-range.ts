import type { Context } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import type { WritableStore } from '../../storage/store.ts'
import { recordEnd } from './end-job.ts'
import { writeFailure } from './finish.ts'
import type { Job } from './job.ts'
import { jobKeys, type ShardKeys, shardKeys } from './plan/job-keys.ts'
import { readText } from './plan/objects.ts'
import type { JobPlan } from './plan/plan.ts'
import { findCheckpoint } from './work/checkpoint.ts'
import type { BatchParts } from './work/parts.ts'
import { addUp, type JobRange, type RangeEnd } from './work/ranges.ts'
import { type CountedShards, readReasons } from './work/reasons.ts'
import { failureOf, verdictOf } from './work/verdict.ts'

/** Ranges whose checkpoints are looked up at once. */
export const LOOKUPS = 32

/** A range with its keys. */
type KeyedEnd = RangeEnd & { readonly keys: ShardKeys }

/** How far each range has come. */
export async function rangeEnds(
  store: WritableStore,
  { plan }: Job,
  { openFormat }: Pick<BatchParts, 'openFormat'>,
  context: Context,
): Promise<KeyedEnd[]> {
  const format = await openFormat(store, plan)
  const ranges = await readRanges(store, plan.id, context)
  return inGroups(ranges, LOOKUPS, async (range) => {
    const keys = shardKeys(plan.id, format.extension, range.number)
    return { ...range, keys, checkpoint: await findCheckpoint(store, keys.part, context) }
  })
}

/** The ranges that have shards. */
export function counted(ends: readonly KeyedEnd[]): CountedShards[] {
  return ends.flatMap(({ keys, checkpoint }) => (checkpoint ? [{ keys, checkpoint }] : []))
}

/**
 * Refuses a job whose ranges have too many errors; all of them, or as many as there are. The first rows are those of
 * the first range, and of the next ones only where it has fewer.
 *
 * @throws AppError `invalid_request`, in the words of a job that was not split
 */
export async function judge(
  store: WritableStore,
  plan: JobPlan,
  ends: readonly KeyedEnd[],
  context: Context,
): Promise<void> {
  const whole = addUp(ends.flatMap(({ checkpoint }) => checkpoint ?? []))
  const last = ends.every(({ checkpoint }) => checkpoint?.last)
  const verdict = verdictOf(plan, { ...whole, last })
  if (verdict) throw failureOf(verdict, plan, whole, await readReasons(store, counted(ends), context))
}

/** Records that a job has failed; where its rows say why better than the machine does, in their words. */
export async function failJob(
  store: WritableStore,
  id: string,
  error: AppError,
  parts: Pick<BatchParts, 'openFormat'>,
  context: Context,
): Promise<{ job: string }> {
  const job = await readJob(store, id, context)
  const ends = await rangeEnds(store, job, parts, context)
  const reason = await judge(store, job.plan, ends, context).then(() => error, toAppError)
  const reasons = await readReasons(store, counted(ends), context)
  const { key, etag, versionId } = job.plan
  const { shards, rows, errors, codes } = addUp(counted(ends).map((range) => range.checkpoint))
  const checkpoint = { shards, rows, errors, codes }
  const source = { job: id, key, etag, versionId, split: true } as const
  const written = await writeFailure(store, jobKeys(id), source, reason, { checkpoint, reasons }, context)
  if (written) recordEnd('failed', context.metrics)
  return { job: id }
}

/** The ranges of a job, as its planner cut them. */
export async function readRanges(store: WritableStore, id: string, context: Context): Promise<JobRange[]> {
  return JSON.parse((await readText(store, jobKeys(id).ranges, context)) ?? '[]') as JobRange[]
}

/**
 * A job that was planned.
 *
 * @throws AppError `artifact_missing` when there is none of that name
 */
export async function readJob(store: WritableStore, id: string, context: Context): Promise<Job> {
  const text = await readText(store, jobKeys(id).job, context)
  if (text !== undefined) return JSON.parse(text) as Job
  throw new AppError('artifact_missing', `${store.name} has no job ${id}; plan it first.`, {
    details: { job: id },
  })
}

/** Results in order, `size` at a time. */
export async function inGroups<T, R>(
  items: readonly T[],
  size: number,
  ask: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await Promise.all(items.slice(start, start + size).map(ask))))
  }
  return results
}
