import { join } from 'node:path'
import { createBatchApp } from '../../src/batch-app.ts'
import { readProcessConfig } from '../../src/config.ts'
import { createContext } from '../../src/context.ts'
import type { BatchOutcome, BatchRequest } from '../../src/services/batch/batch.ts'
import { jobIdOf, jobKeys } from '../../src/services/batch/job-keys.ts'
import { reopenJob, shareOf, statusOf } from './jobs.ts'
import { formatProgress, type Progress } from './progress.ts'

/** A failure of the model is tried once more, row by row; see the batch service. */
const MOST_TRIES = 3

/**
 * Runs a job on this machine to its end, as the function would, with a progress bar. Ctrl-C stops it before the next
 * shard; the same command goes on from there, and from where a job had failed or was cancelled.
 */
export async function runHere(request: BatchRequest): Promise<BatchOutcome> {
  const app = createBatchApp(readProcessConfig(process.cwd()))
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const context = createContext({ requestId: 'command-line', signal: interrupted.signal })
  const show = createProgressBar()
  try {
    await reopenEnded(request)
    for (let receiveCount = 1; ; receiveCount++) {
      const message = { id: `here-${process.pid}`, receiveCount }
      const outcome = await app.batch.run({ ...request, message, onShard: show.shard }, context)
      const again = outcome.status === 'unfinished' && receiveCount < MOST_TRIES && !context.signal.aborted
      if (!again) return outcome
    }
  } finally {
    show.end()
    await app.engine.close()
  }
}

/** A job that had failed or was cancelled goes on, since it is asked for again. */
async function reopenEnded({ store, key }: BatchRequest): Promise<void> {
  const stat = await store.stat(key)
  if (stat?.etag === undefined) return
  const { job, state } = await statusOf(store, jobIdOf(key, stat.etag))
  if (state === 'failed' || state === 'cancelled') await reopenJob(store, job, false)
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
      ...{ rows, errors, share: shareOf(plan, checkpoint), elapsedMs: now - begun },
      newRows: rows + errors - before,
    }
    if (inPlace) process.stderr.write(`\r\u001B[K${formatProgress(progress)}`)
    else if (now - shown > 5000) {
      console.error(formatProgress(progress))
      shown = now
    }
  }
  return { shard, end: () => inPlace && process.stderr.write('\n') }
}

/** What is printed at the end: where the output lies, or why there is none. */
export function describeOutcome({ job, status, checkpoint, error }: BatchOutcome, out: string): string {
  const place = join(out, job)
  const { rows = 0, errors = 0, shards = 0 } = checkpoint ?? {}
  const counts = [count(rows, 'row'), count(errors, 'error'), count(shards, 'shard')].join(', ')
  const reached = checkpoint ? `${counts} in ` : ''
  if (status === 'succeeded') return `${reached}${place}`
  if (status === 'unfinished') {
    return `Not finished: ${reached}${place}. ${error?.message ?? ''} The same command goes on from there.`
  }
  return `${status}: ${error?.message ?? `see ${join(place, jobKeys(job).failed.split('/').at(-1)!)}`}`
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`
}
