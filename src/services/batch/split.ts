import type { Context } from '../../context.ts'
import { AppError, ERROR_CODES } from '../../errors.ts'
import { isSeekable } from '../../formats/file-layout.ts'
import { findRecordPlaces } from '../../formats/open-records.ts'
import { openParquet } from '../../formats/parquet/source.ts'
import type { RecordPlace } from '../../formats/text-records.ts'
import type { WritableStore } from '../../storage/store.ts'
import type { BatchServiceParts } from './batch.ts'
import { recordAge, recordEnd, refuseChanged, refuseEnded } from './end-job.ts'
import { counted, failJob, inGroups, judge, LOOKUPS, rangeEnds, readJob, readRanges } from './end-range.ts'
import { type JobSummary, summarize, writeFailure, writeSuccess } from './finish.ts'
import { checkModel, openJob, planOf } from './job.ts'
import { hasBegun, identifyJob, lateSettings, type StoredSource } from './plan/identify.ts'
import { jobKeys, partsOf, shardKeys } from './plan/job-keys.ts'
import type { JobPlan } from './plan/plan.ts'
import { nextLineStart } from './work/boundaries.ts'
import { findCheckpoint, startingAt, toMetadata } from './work/checkpoint.ts'
import { cutAt, type JobRange, joinGroups, joinRanges, planCuts, stepOf, toRanges } from './work/ranges.ts'
import { readReasons } from './work/reasons.ts'
import { recordLag, recordShard } from './work/record-shard.ts'
import { refuseRepeatedIds } from './work/repeated-ids.ts'
import { work } from './work/worker.ts'

/** An object to be split, of the version that an event speaks of. */
interface SplitRequest {
  readonly store: WritableStore
  readonly key: string
  readonly etag?: string | undefined
  readonly versionId?: string | undefined
  /** The job to go on with, if it has begun, whatever the object's settings are now. */
  readonly job?: string | undefined
}

/** A job whose ranges lie in an object as a JSON array, ready to be mapped over. */
interface SplitJob {
  readonly job: string
  readonly ranges: number
  /** Key of that object. */
  readonly items: string
}

/** One range to be worked on. */
interface RangeRequest {
  readonly store: WritableStore
  readonly job: string
  readonly range: JobRange
}

/** A job that could not be done, by its id or, where it has none yet, by its object. */
interface SplitFailure {
  readonly store: WritableStore
  readonly job?: string | undefined
  readonly key?: string | undefined
  readonly etag?: string | undefined
  readonly versionId?: string | undefined
  /** The name of the error, one of the project's codes or one of the state machine's own. */
  readonly name: string
  readonly message: string
}

/** The steps by which many workers share one object. Each may be tried again at any time. */
export interface SplitService {
  /** Splits an object at beginnings of records. A format that cannot be split is one range. */
  plan(request: SplitRequest, context: Context): Promise<SplitJob>
  /** Works on one range until it is done (`finished`) or time is up. */
  work(request: RangeRequest, context: Context): Promise<{ readonly finished: boolean }>
  /** Checks that every byte was worked on once, publishes the rows of a collection and writes `_SUCCESS.json`. */
  finish(
    request: { readonly store: WritableStore; readonly job: string },
    context: Context,
  ): Promise<JobSummary>
  /** Writes `_FAILED.json` when a step has failed for good. */
  fail(failure: SplitFailure, context: Context): Promise<{ readonly job: string }>
}

/** How the objects are split. */
export interface SplitServiceParts extends BatchServiceParts {
  /** About the bytes of one range. */
  readonly rangeBytes: number
  /** Larger texts are not read through before they are split; 32 GiB when absent. */
  readonly mostCountedBytes?: number
}

/** Lambda reads some 80 MB a second and ends after 15 minutes. */
const MOST_COUNTED_BYTES = 32 * 1024 ** 3

/** The split service of one process. */
export function createSplitService(parts: SplitServiceParts): SplitService {
  return {
    async plan({ store, key, job: wanted, ...version }, context) {
      const stat = await store.stat(key, context)
      const etag = version.etag ?? stat?.etag ?? ''
      refuseChanged({ key, etag }, stat)
      const source = { ...version, store, key, etag, stat }
      const identified = await identifyJob(source, parts, context)
      const id = wanted !== undefined && (await hasBegun(store, wanted, context)) ? wanted : identified.id
      const plan = () => planOf(source, identified, parts, context)
      const job = await openJob(store, jobKeys(id), plan, context, { split: true })
      await refuseRepeatedIds(job.plan, await parts.openReader(store, job.plan, context), context)
      const ranges = await rangesOf(store, job.plan, parts, context)
      const { ranges: items } = jobKeys(id)
      // Another planner may have been first, with another size of ranges: its ranges are the ones that count.
      await store.write(items, Buffer.from(JSON.stringify(ranges)), { onlyIfAbsent: true }, context)
      return { job: id, ranges: (await readRanges(store, id, context)).length, items }
    },
    work: (request, context) => workOnRange(request, parts, context),
    async finish({ store, job: id }, context) {
      const job = await readJob(store, id, context)
      const ends = await rangeEnds(store, job, parts, context)
      await judge(store, job.plan, ends, context)
      const checkpoint = joinRanges(job.plan, ends)
      const reasons = await readReasons(store, counted(ends), context)
      await parts.publish?.(
        store,
        job.plan,
        ends.flatMap(({ keys, checkpoint: end }) => partsOf(keys, end?.shards ?? 0)),
        context,
      )
      const { key, etag } = job.plan
      const source = { store, key, etag, stat: await store.stat(key, context) }
      const warnings = await lateSettings(source, job.plan, parts, context)
      const summary = summarize(job, { checkpoint, reasons, warnings }, parts.price)
      if (await writeSuccess(store, jobKeys(id), summary, context)) recordEnd('succeeded', context.metrics)
      return summary
    },
    async fail({ store, name, message, ...source }, context) {
      const code = ERROR_CODES.find((known) => known === name) ?? 'internal'
      const error = new AppError(code, message, { details: { step: name } })
      if (source.job !== undefined) return failJob(store, source.job, error, parts, context)
      const { key = '', etag = '', versionId } = source
      const job = await nameOf({ store, key, etag, versionId }, parts, context)
      const failed = { job, key, etag, versionId, split: true } as const
      if (await writeFailure(store, jobKeys(job), failed, error, {}, context))
        recordEnd('failed', context.metrics)
      return { job }
    },
  }
}

/** What the job of an object would be called that could not be planned. */
async function nameOf(
  source: Omit<StoredSource, 'stat'>,
  parts: BatchServiceParts,
  context: Context,
): Promise<string> {
  const stat = await source.store.stat(source.key, context)
  return (await identifyJob({ ...source, etag: source.etag || (stat?.etag ?? ''), stat }, parts, context)).id
}

async function workOnRange(
  { store, job: id, range }: RangeRequest,
  parts: SplitServiceParts,
  context: Context,
): Promise<{ finished: boolean }> {
  const { plan, startedAt } = await readJob(store, id, context)
  let writtenAt = performance.now()
  await checkModel(plan, parts.catalog, context)
  const format = await parts.openFormat(store, plan)
  const keys = shardKeys(id, format.extension, range.number)
  const { checkpoint, finished } = await work(
    {
      store,
      plan,
      keys,
      checkpoint: await findCheckpoint(store, keys.part, context),
      format,
      range,
      embed: parts.embed,
      openAi: parts.openAi,
      isolate: true,
      reader: await parts.openReader(store, plan, context),
      guard: (inner) => refuseEnded({ store, id, key: plan.key, etag: plan.etag }, inner),
      async judge(checkpoint, inner) {
        // The first rows are in the first range; whether all have failed is known at the end.
        const sofar = { ...range, keys, checkpoint: { ...checkpoint, last: false } }
        if (range.number === 0) await judge(store, plan, [sofar], inner)
      },
      onShard(written) {
        writtenAt = performance.now()
        recordShard(plan, written, context.metrics)
      },
    },
    context,
  ).finally(() => {
    recordLag(plan, writtenAt, context.metrics)
    // Of the whole job, which other ranges keep open when this one is done.
    recordAge(startedAt, context.metrics)
  })
  if (finished && checkpoint.shards === 0) {
    // A range of blank lines: its empty shard says that it was looked at.
    const { blankLines } = checkpoint
    const end = { ...startingAt(range.end), shards: 1, last: true, blankLines }
    const body = await format.open().finish()
    await store.write(keys.part(0), body, { metadata: toMetadata(end), onlyIfAbsent: true }, context)
  }
  return { finished }
}

async function rangesOf(
  store: WritableStore,
  plan: JobPlan,
  { rangeBytes, mostCountedBytes = MOST_COUNTED_BYTES }: SplitServiceParts,
  context: Context,
): Promise<JobRange[]> {
  const { key, bytes, input } = plan
  if (input.format === 'parquet') {
    const read = (start: number, end: number) => store.read(key, { start, end }, context)
    return joinGroups(bytes, (await openParquet({ bytes, read })).groups, rangeBytes)
  }
  // What is packed, or in another encoding, cannot be entered in the middle.
  if (!isSeekable(input)) return toRanges(bytes, [])
  if (bytes <= mostCountedBytes) {
    const read = (start: number, end: number) => store.read(key, { start, end }, context)
    const places: RecordPlace[] = []
    const found = findRecordPlaces(input, { bytes, read }, stepOf(bytes, rangeBytes), context)
    for await (const place of found) places.push(place)
    return cutAt(bytes, places)
  }
  // Quotes and brackets tell nothing in the middle of a file: such a file is one range.
  const cuts = input.format === 'lines' || input.format === 'jsonl' ? planCuts(bytes, rangeBytes) : []
  const boundaries = await inGroups(cuts, LOOKUPS, (cut) => nextLineStart(store, key, cut, bytes, context))
  return toRanges(bytes, boundaries)
}
