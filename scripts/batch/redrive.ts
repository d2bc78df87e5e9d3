import { redriveCommand } from '../../src/services/batch/plan/remedies.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { beginnerOf } from './dead-letters.ts'
import { executionOf, type JobStatus, listJobs, reopenJob } from './jobs.ts'
import type { BatchOptions } from './options.ts'
import { openQueue } from './queue.ts'
import { openStateMachine } from './state-machine.ts'

/** Starts the work on a job that was opened again, and answers how it goes on. */
type Starter = (status: JobStatus) => Promise<string>

/** What starts jobs, by their kind: the queue's function leaves files that are split alone. */
interface Starters {
  readonly whole: Starter | undefined
  readonly split: Starter | undefined
}

/**
 * Opens failed jobs again, and has them worked on: small files by messages, files that are split by executions of the
 * state machine, and what was given up by its own messages. A job that cannot be started stays as it is, and is told
 * of.
 *
 * @param say told one sentence for each job
 * @returns the exit status: 1 when a job was left as it is
 */
export async function redrive(
  store: WritableStore,
  options: BatchOptions,
  say: (line: string) => void = console.log,
): Promise<number> {
  const { subject, deadLetter, restart, bucket, stateMachine } = options
  const queue = options.queue === undefined ? undefined : await openQueue(options.queue, store)
  const machine = stateMachine === undefined ? undefined : openStateMachine(stateMachine)
  const starters = startersOf(store, options, queue, machine)
  let [found, left] = [0, 0]
  for await (const status of listJobs(store, subject)) {
    const { job, state, split } = status
    if (state !== 'failed' && !(subject === job && (state === 'cancelled' || restart))) continue
    found++
    const start = split ? starters.split : starters.whole
    const stays = start ? await open(store, status, { restart, start, say }) : missingOption(split)
    if (stays === undefined) continue
    left++
    say(`${job} stays ${state}: ${stays}; ${redriveCommand(job, { split, restart })}`)
  }
  if (found === 0 && subject !== undefined)
    say(`There is no failed job ${subject}; "npm run batch -- status" lists all.`)
  if (queue && deadLetter) {
    const begin = machine && bucket && beginnerOf(store, bucket, (input) => machine.start(input), say)
    say(`${await queue.takeOver(deadLetter, begin || undefined)} messages came back from ${deadLetter}`)
  }
  return left > 0 ? 1 : 0
}

function missingOption(split: boolean): string {
  return split
    ? 'its file is split, which the state machine alone starts, not a message'
    : 'a message of the queue starts it'
}

function startersOf(
  store: WritableStore,
  { bucket }: BatchOptions,
  queue: Awaited<ReturnType<typeof openQueue>> | undefined,
  machine: ReturnType<typeof openStateMachine> | undefined,
): Starters {
  if (bucket === undefined) {
    // A folder has neither queue nor state machine: its job goes on with the next run.
    const byHand: Starter = async ({ key }) => `run ${key} again`
    return { whole: byHand, split: byHand }
  }
  const announce: Starter = async ({ job, key, versionId }) => {
    await queue?.announce({ bucket, key, versionId, job })
    return 'its message is in the queue'
  }
  const execute: Starter = async (status) =>
    `${await machine?.start(await executionOf(store, bucket, status))} was started`
  return { whole: queue && announce, split: machine && execute }
}

interface Opening {
  readonly restart: boolean
  readonly start: Starter
  readonly say: (line: string) => void
}

/** Opens a job and starts it. Where it cannot be started its records come back, and the answer says why. */
async function open(
  store: WritableStore,
  status: JobStatus,
  { restart, start, say }: Opening,
): Promise<string | undefined> {
  const putBack = await reopenJob(store, status.job, restart)
  try {
    say(`${status.job} can go on: ${await start(status)}`)
    return undefined
  } catch (cause) {
    await putBack()
    return cause instanceof Error ? cause.message.replace(/[.;]$/, '') : String(cause)
  }
}
