import { createS3Store } from '../../src/storage/s3.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import type { Tool } from '../console/tool.ts'
import { cancelJob, type JobStatus, listJobs } from './jobs.ts'
import { BATCH_SHAPE, type BatchOptions, readOptions } from './options.ts'
import { openLaptop, openOutput, tidyJob } from './places.ts'
import { redrive } from './redrive.ts'
import { describeOutcome, runHere } from './run.ts'
import { forecast, formatForecast } from './simulation.ts'

/** `npm run batch`: files to vectors on this machine, and jobs of a bucket. */
export const batchTool: Tool = {
  shape: BATCH_SHAPE,
  run: (args, root) => runCommand(readOptions(args), root),
}

async function runCommand(options: BatchOptions, root: string): Promise<number> {
  const { command, subject, out, settings } = options
  if (command === 'run') {
    const outcome = await runHere(openLaptop(subject!, out!, settings), { out: out!, root })
    const good = outcome.status === 'succeeded'
    const [first, ...more] = describeOutcome(outcome, out!).split('\n')
    if (good) console.log(first)
    else console.error(inRed(first!))
    for (const line of more) console.error(inRed(line))
    if (good) await tidyJob(out!, outcome.job)
    return good ? 0 : 1
  }
  if (command === 'simulate') {
    console.log(formatForecast(forecast({ ...TYPICAL, ...options })))
    return 0
  }
  const store = openStore(options)
  if (command === 'cancel') await cancelJob(store, subject!)
  else if (command === 'redrive') return redrive(store, options)
  else for await (const status of listJobs(store, subject)) console.log(describe(status))
  return 0
}

/** A file of short texts, the model that ships, vectors in base64, functions with one processor. */
const TYPICAL = {
  bytesPerRow: 130,
  rangeBytes: 64 * 1024 * 1024,
  shardRows: 4096,
  outputBytesPerRow: 1400,
  memoryMegabytes: 1769,
  timeoutSeconds: 900,
}

function openStore({ out, bucket }: BatchOptions): WritableStore {
  if (out !== undefined) return openOutput(out)
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL
  return createS3Store({ bucket: bucket!, prefix: '', endpoint })
}

function describe({ job, state, rows, errors, share, message }: JobStatus): string {
  const done = share === undefined ? '' : `  ${Math.floor(share * 100)} %`
  return `${state.padEnd(9)} ${job}  ${rows} rows  ${errors} errors${done}${message ? `  ${message}` : ''}`
}

function inRed(line: string): string {
  return process.stderr.isTTY ? `\u001B[31m${line}\u001B[39m` : line
}
