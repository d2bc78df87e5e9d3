import { Worker } from 'node:worker_threads'
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { ModelUsage, Place } from '../engine/engine.ts'
import type { EngineSettings } from '../engine/open.ts'
import { disableRuntimeTelemetry } from '../runtime/onnx-runtime.ts'
import { createPendingCalls } from './pending-calls.ts'
import type { FromWorker, ToWorker, WorkerCall, WorkerResult } from './worker-messages.ts'

/** A worker thread with an engine of its own. */
export interface WorkerHandle {
  /**
   * Calls an engine method in the worker, which is started first when there is none; a preload has no result. The call
   * leaves its `place` while its model is loaded.
   */
  call(call: WorkerCall, context: Context, place?: Place): Promise<WorkerResult>
  /** As of the worker's last answer. */
  usage(): readonly ModelUsage[]
  /** Ends the worker once it has released its models. Calls must have come to an end. */
  close(): Promise<void>
}

/**
 * A worker that runs the program at `script`. When it dies, the calls that it was running fail with
 * `inference_failed`, and the next call starts a new one: a program that always fails is not started in a loop.
 */
export function createWorkerHandle(script: string, settings: EngineSettings): WorkerHandle {
  const send = (message: ToWorker) => worker?.postMessage(message)
  const calls = createPendingCalls(send)
  let worker: Worker | undefined
  let usage: readonly ModelUsage[] = []
  let lastId = 0

  const start = (): Worker => {
    disableRuntimeTelemetry()
    const started = new Worker(script, { workerData: settings })
    let cause: unknown
    started.on('message', (message: FromWorker) => {
      usage = message.usage
      calls.receive(message)
    })
    started.on('error', (error) => {
      cause = error
    })
    started.on('exit', (code) => {
      worker = undefined
      usage = usage.map((entry) => ({ ...entry, loaded: false, memoryBytes: 0 }))
      calls.fail(died(code, cause))
    })
    return started
  }

  return {
    async call(call, { requestId, deadline, signal }, place) {
      const id = ++lastId
      const abort = () => send({ kind: 'abort', id })
      worker ??= start()
      const answer = calls.wait(id, place)
      try {
        send({ kind: 'call', id, call, requestId, deadline })
      } catch (error) {
        calls.fail(error, id)
      }
      signal.addEventListener('abort', abort, { once: true })
      return answer.finally(() => signal.removeEventListener('abort', abort))
    },
    usage: () => usage,
    async close() {
      const ending = worker
      if (!ending) return
      const exit = new Promise<void>((resolve) => ending.once('exit', () => resolve()))
      ending.postMessage({ kind: 'close' } satisfies ToWorker)
      await exit
    },
  }
}

function died(code: number, cause: unknown): AppError {
  return new AppError(
    'inference_failed',
    `The worker thread that ran this request ended unexpectedly with code ${code}; the next request starts a new one; send fewer or shorter inputs if it happens again.`,
    { details: { exitCode: code }, ...(cause === undefined ? {} : { cause }) },
  )
}
