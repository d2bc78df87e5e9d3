import { Worker } from 'node:worker_threads'
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Manifest } from '../catalog/manifest.ts'
import type { ModelUsage, Place } from '../engine/engine.ts'
import type { EngineSettings } from '../engine/open.ts'
import { disableRuntimeTelemetry } from '../runtime/onnx-runtime.ts'
import { createLostThreads } from './lost-threads.ts'
import { createOutbox } from './outbox.ts'
import { createPendingCalls } from './pending-calls.ts'
import { createWatchdog, type Watched } from './watchdog.ts'
import type { FromWorker, ToWorker, WorkerCall, WorkerResult } from './worker-messages.ts'

/** A worker thread with an engine of its own. */
export interface WorkerHandle {
  /**
   * Calls an engine method in the worker, which is started first when there is none; a preload has no result. The call
   * leaves its `place` while its model is loaded.
   */
  call(call: WorkerCall, context: Context, place?: Place): Promise<WorkerResult>
  /** Tells the worker, if there is one, of a model that was found; one that is started later reads its settings. */
  admit(manifest: Manifest): void
  /** As of the worker's last answer. */
  usage(): readonly ModelUsage[]
  /** Threads that were given up and cannot be ended. */
  stuck(): number
  /** Ends the worker once it has released its models. Calls must have come to an end. */
  close(): Promise<void>
}

/** Time that a thread which was given up has to end before it counts as stuck. */
const GRACE_MS = 10_000

/** Threads that were given up and go on; each takes a processor and the memory of its models. */
const MOST_LOST = 2

/** Jobs that a worker is sent at once; further ones of the same moment go with the next message. */
const JOBS_A_MESSAGE = 16

/**
 * A worker that runs the program at `script`. When it dies, the calls that it was running fail with
 * `inference_failed`, and the next call starts a new one: a program that always fails is not started in a loop. The
 * same happens when it does not answer for `runLimitMs`; it is then told to end, which it does when its native call
 * has returned.
 */
export function createWorkerHandle(
  script: string,
  settings: EngineSettings,
  runLimitMs: number,
): WorkerHandle {
  const post = (messages: readonly ToWorker[]) => worker?.postMessage(messages)
  const outbox = createJobOutbox(post, (id, error) => calls.fail(error, id))
  const send = outbox.add
  const calls = createPendingCalls(send)
  const lost = createLostThreads(GRACE_MS)
  let worker: Worker | undefined
  let usage: readonly ModelUsage[] = []
  let lastId = 0

  const leave = (error: AppError) => {
    worker = undefined
    outbox.clear()
    usage = usage.map((entry) => ({ ...entry, loaded: false, memoryBytes: 0 }))
    calls.fail(error)
  }
  const start = (): Worker => {
    if (lost.count() >= MOST_LOST) throw tooManyLost(lost.count())
    const started = startThread(script, settings, runLimitMs, {
      busy: () => calls.count() > 0,
      ask: () => send({ kind: 'ping' }),
      silent() {
        lost.add(started)
        leave(tookTooLong(runLimitMs))
      },
      heard(message) {
        if (started !== worker) return
        usage = message.usage
        message.about.forEach(calls.receive)
      },
      ended: (error) => void (started === worker && leave(error)),
    })
    return started
  }

  return {
    async call(call, { requestId, deadline, signal }, place) {
      const id = ++lastId
      worker ??= start()
      const answer = calls.wait(id, place)
      send({ kind: 'call', id, call, requestId, deadline })
      const abort = () => send({ kind: 'abort', id })
      signal.addEventListener('abort', abort, { once: true })
      return answer.finally(() => signal.removeEventListener('abort', abort))
    },
    admit: (manifest) => send({ kind: 'admit', manifest }),
    usage: () => usage,
    stuck: lost.stuck,
    async close() {
      const exit = worker && exitOf(worker)
      send({ kind: 'close' })
      outbox.flush()
      await exit
    },
  }
}

/** Sends once all connections were read that have a request. */
function createJobOutbox(
  post: (messages: readonly ToWorker[]) => void,
  fail: (id: number, error: unknown) => void,
) {
  return createOutbox<ToWorker>({
    post,
    refused: (message, error) => 'id' in message && fail(message.id, error),
    later: setImmediate,
    most: JOBS_A_MESSAGE,
  })
}

interface ThreadEvents extends Watched {
  heard(message: FromWorker): void
  ended(error: AppError): void
}

function startThread(
  script: string,
  settings: EngineSettings,
  runLimitMs: number,
  events: ThreadEvents,
): Worker {
  disableRuntimeTelemetry()
  const thread = new Worker(script, { workerData: settings })
  const watchdog = createWatchdog(runLimitMs, events)
  let cause: unknown
  thread.on('message', (message: FromWorker) => {
    watchdog.heard()
    events.heard(message)
  })
  thread.on('error', (error) => {
    cause = error
  })
  thread.on('exit', (code) => {
    watchdog.end()
    events.ended(died(code, cause))
  })
  return thread
}

function exitOf(thread: Worker): Promise<void> {
  return new Promise((resolve) => thread.once('exit', () => resolve()))
}

function died(code: number, cause: unknown): AppError {
  return new AppError(
    'inference_failed',
    `The worker thread that ran this request ended unexpectedly with code ${code}; the next request starts a new one; send fewer or shorter inputs if it happens again.`,
    { details: { exitCode: code }, ...(cause === undefined ? {} : { cause }) },
  )
}

function tookTooLong(runLimitMs: number): AppError {
  return new AppError(
    'inference_failed',
    `The worker thread that had this request did not come back from one step of its work, such as a run, in ${runLimitMs} ms and was given up with all of its requests; the next request starts a new one; send fewer or shorter inputs, or raise RUN_LIMIT_MS for a model that takes so long to load or run.`,
    { details: { runLimitMs } },
  )
}

function tooManyLost(threads: number): AppError {
  return new AppError(
    'inference_failed',
    `${threads} worker threads did not come back from their work and cannot be ended; expected at most ${MOST_LOST - 1} beside a new one; restart the process.`,
    { details: { threads } },
  )
}
