import { execFileSync } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { createS3Store } from '../../src/storage/s3.ts'
import { createBucket, startS3Server, useCredentials } from '../../test/support/s3-server.ts'
import type { DownloadJob, DownloadTrial } from './download-trial.ts'
import { compare, median } from './statistics.ts'

/**
 * S3 → disk, verified, beside a plain parallel download of the same parts that hashes nothing, in fresh processes turn
 * about: `node scripts/run.mjs scripts/bench/download.ts --rounds 7 --sizes 23,300`. Needs the programs of
 * `scripts/install-test-servers.mjs`. Ends with 1 when a target is missed.
 */
const MEGABYTE = 1_000_000
const LEAST_RATIO = 0.8
const MOST_MEMORY = 64 * 1024 * 1024

/** The trial as one program, as it would be deployed, so that loading it is the same for both. */
async function buildTrial(): Promise<string> {
  const outfile = resolve('.cache/bench/programs/download-trial.mjs')
  mkdirSync(resolve('.cache/bench/programs'), { recursive: true })
  const entry = resolve('scripts/bench/download-trial.ts')
  const platform = { platform: 'node', format: 'esm', packages: 'external' } as const
  await build({ entryPoints: [entry], outfile, bundle: true, ...platform, target: 'node20' })
  return outfile
}

function runTrial(program: string, job: DownloadJob): DownloadTrial {
  return JSON.parse(execFileSync(process.execPath, [program, JSON.stringify(job)], { encoding: 'utf8' }))
}

function describe(name: string, trials: readonly DownloadTrial[], bytes: number): string {
  const rate = bytes / MEGABYTE / median(trials.map(({ seconds }) => seconds))
  const cpu = median(trials.map(({ cpuSeconds }) => cpuSeconds))
  const memory = trials.map(({ idleBytes, peakBytes }) => (peakBytes - idleBytes) / MEGABYTE)
  return `${name.padEnd(6)} ${rate.toFixed(0).padStart(5)} MB/s  ${cpu.toFixed(2)} s CPU  memory above idle: median ${median(memory).toFixed(0)} MB, most ${Math.max(...memory).toFixed(0)} MB`
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, sizes: { type: 'string', default: '23,300' } },
})
const server = await startS3Server(process.pid)
useCredentials(server)
const bucket = await createBucket(server)
const program = await buildTrial()
let missed = false
for (const megabytes of values.sizes.split(',').map(Number)) {
  const bytes = megabytes * MEGABYTE
  const body = randomFillSync(Buffer.alloc(bytes))
  const sha256 = createHash('sha256').update(body).digest('hex')
  const key = `model-${megabytes}`
  await createS3Store({ bucket, prefix: '', endpoint: server.endpoint }).write!(key, body)
  const base = {
    endpoint: server.endpoint,
    bucket,
    key,
    bytes,
    sha256,
    path: join(tmpdir(), `${bucket}.out`),
  }
  const trials: Record<DownloadJob['contender'], DownloadTrial[]> = { ours: [], plain: [] }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const contender of round % 2 ? (['plain', 'ours'] as const) : (['ours', 'plain'] as const)) {
      trials[contender].push(runTrial(program, { ...base, contender }))
    }
  }
  const secondsOf = (list: readonly DownloadTrial[]) => list.map(({ seconds }) => seconds)
  const ratio = compare(secondsOf(trials.plain), secondsOf(trials.ours)).median
  const memory = Math.max(...trials.ours.map(({ idleBytes, peakBytes }) => peakBytes - idleBytes))
  missed ||= ratio < LEAST_RATIO || memory > MOST_MEMORY
  console.log(`${megabytes} MB, ${values.rounds} rounds`)
  console.log(describe('ours', trials.ours, bytes))
  console.log(describe('plain', trials.plain, bytes))
  console.log(`throughput ours / plain: ${ratio.toFixed(2)} (target ≥ ${LEAST_RATIO})`)
  console.log(
    `memory above idle: ${(memory / 1024 / 1024).toFixed(0)} MiB (target ≤ ${MOST_MEMORY / 1024 / 1024})\n`,
  )
}
process.exit(missed ? 1 : 0)
