import { join } from 'node:path'
import { createBatchApp, localJudges } from '../../src/batch-app.ts'
import { readProcessConfig } from '../../src/config.ts'
import { createContext } from '../../src/context.ts'
import type { BatchOutcome, BatchRequest } from '../../src/services/batch/batch.ts'
import { identifyJob, type SettingsParts } from '../../src/services/batch/plan/identify.ts'
import { jobKeys } from '../../src/services/batch/plan/job-keys.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { listJobs, reopenJob, shareOf, statusOf } from './jobs.ts'
import { formatProgress, type Progress } from './progress.ts'

/** A failure of the model is tried once more, row by row; see the batch service. */
const MOST_TRIES = 3

/** A run on this machine, with what it is to do beside. */
interface RunOptions {
  /** Told of earlier results that are not used. */
  readonly say?: (sentence: string) => void
  /** The folder of the output, as it was named. */
  readonly out?: string
  /** The folder that holds `layers/`; the working folder when absent. */
  readonly root?: string
}

/**
 * Runs a job on this machine to its end, as the function would, with a progress bar. Ctrl-C stops it before the next
 * shard; the same command goes on from there, and from where a job had failed or was cancelled.
 */
export async function runHere(
  request: BatchRequest,
  { say = console.error, out = '', root = process.cwd() }: RunOptions = {},
): Promise<BatchOutcome> {
  const config = readProcessConfig(root)
  const app = createBatchApp(config, localJudges(config, join(root, 'dist', 'llama.js')))
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const context = createContext({ requestId: 'command-line', signal: interrupted.signal })
  const show = createProgressBar()
  try {
    await prepare(request, app.parts, { say, out })
    for (let receiveCount = 1; ; receiveCount++) {
      const message = { id: `here-${process.pid}`, receiveCount, shared: false }
      const outcome = await app.batch.run({ ...request, message, onShard: show.shard }, context)
      const again = outcome.status === 'unfinished' && receiveCount < MOST_TRIES && !context.signal.aborted
      if (!again) return outcome
    }
  } finally {
    show.end()
    await app.close()
  }
}

/** A job that had failed or was cancelled goes on, since it is asked for again; other jobs of the file are told of. */
async function prepare(
  { store, key }: BatchRequest,
  settings: SettingsParts,
  { say, out }: Required<Omit<RunOptions, 'root'>>,
): Promise<void> {
  const stat = await store.stat(key)
  if (stat?.etag === undefined) return
  const source = { store, key, etag: stat.etag, stat }
  const { id } = await identifyJob(source, settings, createContext())
  const { state } = await statusOf(store, id)
  if (state === 'failed' || state === 'cancelled') await reopenJob(store, id, false)
  const earlier = await otherResults(store, { key, id })
  if (earlier.length > 0) say(describeEarlier(earlier, id, out))
}

/** Jobs of the same name that have output, and are not this one. */
async function otherResults(
  store: WritableStore,
  { key, id }: { key: string; id: string },
): Promise<string[]> {
  const names: string[] = []
  for await (const { job, rows, key: source } of listJobs(store)) {
    if (source === key && job !== id && rows > 0) names.push(job)
  }
  return names
}

const MOST_NAMED = 3

/** Which results of a file are not those of this run, and why. */
function describeEarlier(earlier: readonly string[], id: string, out: string): string {
  const version = (job: string) => job.slice(0, job.lastIndexOf('-'))
  const same = earlier.every((job) => version(job) === version(id))
  const other = earlier.every((job) => version(job) !== version(id))
  const why = same ? 'with other settings' : other ? 'of other content' : 'of other content or settings'
  const more = earlier.length > MOST_NAMED ? ` and ${earlier.length - MOST_NAMED} more` : ''
  const places = earlier.slice(-MOST_NAMED).map((job) => join(out, job))
  const stays =
    earlier.length === 1 ? 'An earlier result of this file' : `${earlier.length} earlier results of this file`
  const verb = earlier.length === 1 ? 'stays' : 'stay'
  return `${stays} ${why} ${verb} in ${places.join(', ')}${more}; that of this run is in ${join(out, id)}.`
}

function createProgressBar() {
  const begun = performance.now()
  const inPlace = process.stderr.isTTY
  let before: number | undefined
  let shown = Number.NEGATIVE_INFINITY
  const shard: NonNullable<BatchRequest['onShard']> = (checkpoint, plan) => {
    const { rows, errors } = checkpoint
    // The rows of earlier runs are not this run's speed; its own first shard is not known apart from them.
    before ??= Math.max(0, rows + errors - plan.shardRows)
    const now = performance.now()
    const progress: Progress = {
      rows,
      errors,
      share: shareOf(plan, checkpoint),
      elapsedMs: now - begun,
      newRows: rows + errors - before,
    }
    if (inPlace) process.stderr.write(`\r\u001B[K${inRed(formatProgress(progress), errors > 0)}`)
    else if (now - shown > 5000) {
      console.error(formatProgress(progress))
      shown = now
    }
  }
  return { shard, end: () => inPlace && process.stderr.write('\n') }
}

/** On a terminal: rows that fail are to be seen while there is time to stop. */
function inRed(line: string, failing: boolean): string {
  return failing ? line.replace(/[\d,]+ errors?$/, '\u001B[31m$&\u001B[39m') : line
}

/** What is printed at the end: where the output lies and what failed most, or why there is none. */
export function describeOutcome(outcome: BatchOutcome, out: string): string {
  const { job, status, checkpoint, error, reasons } = outcome
  const place = join(out, job)
  const { rows = 0, errors = 0, shards = 0 } = checkpoint ?? {}
  const counts = [count(rows, 'row'), count(errors, 'error'), count(shards, 'shard')].join(', ')
  const reached = checkpoint ? `${counts} in ` : ''
  if (status === 'succeeded' && !checkpoint) return `Done before, with these settings: ${place}`
  if (status === 'succeeded') return `${reached}${place}${emptyOf(rows + errors)}${commonestOf(reasons)}`
  if (status === 'unfinished') {
    return `Not finished: ${reached}${place}. ${error?.message ?? ''} The same command goes on from there.`
  }
  const record = join(place, jobKeys(job).failed.split('/').at(-1)!)
  return `${status}: ${error?.message ?? `see ${record}`}`
}

function emptyOf(records: number): string {
  return records === 0 ? '\nThe file has no rows, so there are no vectors.' : ''
}

/** The commonest reason, where rows failed; the others stand in the record of the end. */
function commonestOf(reasons: BatchOutcome['reasons'] = []): string {
  const [first, ...more] = reasons
  if (!first) return ''
  const others = more.length > 0 ? ` (and ${count(more.length, 'other reason')}: see _SUCCESS.json)` : ''
  return `\n${count(first.count, 'row')} failed, first line ${first.line}: ${first.message}${others}`
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`
}
