import { setTimeout as wait } from 'node:timers/promises'
import { type Context, throwIfDone } from '../../context.ts'
import { type AppError, toAppError } from '../../errors.ts'
import type { WritableStore } from '../../storage/store.ts'
import type { BatchOutcome, BatchService, BatchServiceParts } from '../batch/batch.ts'
import { openJob, planOf } from '../batch/job.ts'
import { type IdentifiedJob, identifyJob } from '../batch/plan/identify.ts'
import { jobKeys, shardKeys } from '../batch/plan/job-keys.ts'
import { readText } from '../batch/plan/objects.ts'
import type { JobPlan } from '../batch/plan/plan.ts'
import { findCheckpoint } from '../batch/work/checkpoint.ts'
import type { BatchPlace } from './batch-place.ts'
import { foundOf } from './preview.ts'
import { problemOf } from './problems.ts'
import type { BatchCounts, BatchEnd, BatchTask, FoundInput, WrittenParts } from './shapes.ts'

/** A shard, or the error rows of one: how many bytes it has is known only where it lies. */
const PART = /\/(part|errors)-\d+\.jsonl$/

/** What the thread tells of a batch while it works on it. */
export interface BatchEvents {
  /** Every record was read once: this is how, and so many there are. */
  planned(found: FoundInput, total: number): void
  progress(counts: BatchCounts): void
  /** So many bytes of output lie on the disk that did not before. */
  written(bytes: number): void
}

/** What a batch is run with. */
export interface RunParts extends BatchServiceParts {
  readonly batch: BatchService
}

/** An outage is waited out so many times, longer each time; what is wrong with a row is never tried so often. */
const MOST_TRIES = 5
const FIRST_WAIT_MS = 1000
/** Records between two looks at whether the work is still wanted. */
const RECORDS_PER_LOOK = 1000

const NOTHING: BatchCounts = { completed: 0, failed: 0, tokens: 0, truncated: 0, unknown: 0 }
const NO_PARTS: WrittenParts = { keys: [], bytes: 0 }

/**
 * Reads a batch's file through, so that what cannot be read fails before anything is embedded, then works on it to its
 * end, from where an earlier run was killed. Never throws for the file or its settings.
 */
export async function runBatch(
  task: Pick<BatchTask, 'id' | 'total'>,
  place: BatchPlace,
  parts: RunParts,
  events: BatchEvents,
  context: Context,
): Promise<BatchEnd> {
  const late = { ...context, signal: new AbortController().signal }
  const identified = await identifyJob(place, parts, late)
  const { id: job } = identified
  try {
    await validate(task, identified, place, parts, events, context)
  } catch (cause) {
    if (context.signal.aborted) return describe({ job, status: 'unfinished' }, place, context)
    return endOf({ status: 'failed', problems: [problemOf(toAppError(cause))] })
  }
  for (let tries = 1; ; tries++) {
    const outcome = await tryBatch(task.id, place, parts, events, context)
    const isOver = outcome.status !== 'unfinished' || context.signal.aborted || tries === MOST_TRIES
    if (isOver) return describe(outcome, place, context)
    await wait(FIRST_WAIT_MS * 2 ** tries, undefined, { signal: context.signal }).catch(() => undefined)
  }
}

/** Plans the job and counts its records. */
async function validate(
  { total }: Pick<BatchTask, 'total'>,
  identified: IdentifiedJob,
  place: BatchPlace,
  parts: RunParts,
  events: BatchEvents,
  context: Context,
): Promise<void> {
  const plan = () => planOf(place, identified, parts, context)
  const job = await openJob(place.store, jobKeys(identified.id), plan, context)
  if (total === undefined)
    events.planned(foundOf(job.plan), await countRecords(place, job.plan, parts, context))
}

async function countRecords(
  { store }: BatchPlace,
  plan: JobPlan,
  parts: RunParts,
  context: Context,
): Promise<number> {
  const reader = await parts.openReader(store, plan, context)
  let count = 0
  for await (const _ of reader.read({ start: 0, index: 0, line: 1 }, context)) {
    if (++count % RECORDS_PER_LOOK === 0) throwIfDone(context)
  }
  return count
}

async function tryBatch(
  id: string,
  { store, key, words }: BatchPlace,
  { batch }: RunParts,
  events: BatchEvents,
  context: Context,
): Promise<BatchOutcome> {
  const counted: WritableStore = {
    ...store,
    async write(name, body, ...rest) {
      const isNew = await store.write(name, body, ...rest)
      if (isNew && PART.test(name)) events.written(body.length)
      return isNew
    },
  }
  return batch.run(
    {
      store: counted,
      key,
      words,
      // Handed out before, maybe: what a killed process noted of its attempts counts.
      message: { id, receiveCount: 2 },
      onShard({ rows: completed, errors: failed, tokens, truncated, unknown }) {
        events.progress({ completed, failed, tokens, truncated, unknown })
      },
    },
    context,
  )
}

/** The fields of `_SUCCESS.json` and `_FAILED.json` that callers hear of. */
interface EndRecord {
  readonly rows?: number
  readonly errors?: number
  readonly tokens?: number
  readonly truncated?: number
  readonly unknown?: number
  readonly warnings?: readonly string[]
  readonly errorsByReason?: BatchEnd['reasons']
  readonly reached?: { readonly rows: number; readonly errors: number }
  readonly code?: AppError['code']
  readonly message?: string
  readonly details?: AppError['details']
}

async function describe(
  { job, status, checkpoint, error }: BatchOutcome,
  { store }: BatchPlace,
  context: Context,
): Promise<BatchEnd> {
  const late = { ...context, signal: new AbortController().signal }
  const read = async (key: string): Promise<EndRecord | undefined> => {
    const text = await readText(store, key, late)
    return text === undefined ? undefined : (JSON.parse(text) as EndRecord)
  }
  const [success, failure] = await Promise.all([read(jobKeys(job).success), read(jobKeys(job).failed)])
  // Of a run that was stopped, the last shard may be newer than what the worker had heard of.
  const last = await findCheckpoint(store, shardKeys(job, 'jsonl').part, late)
  const reached: EndRecord = success ?? last ?? checkpoint ?? failure?.reached ?? {}
  const { rows = 0, errors = 0, tokens = 0, truncated = 0, unknown = 0 } = reached
  const counts = { completed: rows, failed: errors, tokens, truncated, unknown }
  const written = await writtenParts(store, job)
  const { warnings = [], errorsByReason: reasons = [] } = success ?? failure ?? {}
  const end = {
    counts,
    ...written,
    warnings,
    reasons: reasons.map(({ code, message, count, line }) => ({ code, message, count, line })),
  }
  if (status === 'succeeded') return endOf({ ...end, status: 'completed' })
  if (status === 'unfinished' && context.signal.aborted) return endOf({ ...end, status: 'stopped' })
  const {
    code = 'internal',
    message = 'The batch did not come to its end.',
    details = {},
  } = failure ?? error ?? {}
  return endOf({ ...end, status: 'failed', problems: [problemOf({ code, message, details })] })
}

/**
 * The shards with something in them, in order. Error rows count where their shard is: a worker that was killed may have
 * left those of a shard that it never wrote.
 */
async function writtenParts(store: WritableStore, job: string): Promise<Pick<BatchEnd, 'output' | 'errors'>> {
  const found = { part: [] as string[], errors: [] as string[] }
  for await (const key of store.list(jobKeys(job).folder)) {
    const kind = PART.exec(key)?.[1]
    if (kind === 'part' || kind === 'errors') found[kind].push(key)
  }
  const shards = new Set(found.part.map(numberOf))
  const measure = async (keys: readonly string[]): Promise<WrittenParts> => {
    const stats = await Promise.all(
      keys.map(async (key) => ({ key, bytes: (await store.stat(key))?.bytes ?? 0 })),
    )
    const full = stats.filter(({ bytes }) => bytes > 0)
    return { keys: full.map(({ key }) => key), bytes: full.reduce((sum, { bytes }) => sum + bytes, 0) }
  }
  return {
    output: await measure(found.part),
    errors: await measure(found.errors.filter((key) => shards.has(numberOf(key)))),
  }
}

function numberOf(key: string): string {
  return key.slice(key.lastIndexOf('-') + 1)
}

function endOf(known: Pick<BatchEnd, 'status'> & Partial<BatchEnd>): BatchEnd {
  return {
    counts: NOTHING,
    output: NO_PARTS,
    errors: NO_PARTS,
    problems: [],
    warnings: [],
    reasons: [],
    ...known,
  }
}
