import { readFileSync } from 'node:fs'
import type { Job, Sample, Usage } from './protocol.ts'

/** Runs an entrant's measurement on the job named on the command line, and prints the outcome as JSON. */
export function enter(run: (job: Job) => Promise<Sample>): void {
  const job: Job = JSON.parse(readFileSync(process.argv[2]!, 'utf8'))
  run(job).then(
    (sample) =>
      process.stdout.write(`\n${JSON.stringify({ ...sample, ...usage() })}\n`, () => process.exit(0)),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuSeconds: (user + system) / 1e6, peakBytes: peakBytes() }
}

/** Linux counts the peak in /proc; elsewhere the process's own counter serves. */
function peakBytes(): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))
    if (kilobytes) return Number(kilobytes[1]) * 1024
  } catch {}
  return process.resourceUsage().maxRSS * 1024
}

/** The monotonic clock, as text that JSON can carry. */
export function now(): string {
  return process.hrtime.bigint().toString()
}

/** The head of a vector, to be compared between entrants. */
export function head(vector: ArrayLike<number>): number[] {
  return Array.from({ length: Math.min(8, vector.length) }, (_, index) => vector[index]!)
}

/** Milliseconds that `call` takes. */
export async function timed(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await call()
  return performance.now() - start
}

/** Calls `embed` on the texts, `batch` at a time, after a few of them as warm-up; returns the time of all. */
export async function timeMixed(
  job: Job,
  embed: (texts: string[]) => Promise<ArrayLike<number>>,
): Promise<{ seconds: number; values: number[] }> {
  await embed(job.texts.slice(0, Math.min(8, job.batch)))
  const start = performance.now()
  let last: ArrayLike<number> = []
  for (let from = 0; from < job.texts.length; from += job.batch) {
    last = await embed(job.texts.slice(from, from + job.batch))
  }
  return { seconds: (performance.now() - start) / 1000, values: head(last) }
}

/** Calls `embed` on the one text of the job, again and again, after a warm-up. */
export async function timeWarm(
  job: Job,
  embed: (texts: string[]) => Promise<ArrayLike<number>>,
): Promise<{ callsMs: number[]; values: number[] }> {
  const text = [job.texts[0]!]
  let last: ArrayLike<number> = []
  for (let call = 0; call < 10; call++) last = await embed(text)
  const callsMs: number[] = []
  for (let call = 0; call < job.repetitions; call++) {
    callsMs.push(
      await timed(async () => {
        last = await embed(text)
      }),
    )
  }
  return { callsMs, values: head(last) }
}
