import { Worker } from 'node:worker_threads'
import type { Context } from '../../context.ts'
import { AppError, toAppError } from '../../errors.ts'
import type { ModelUsage, Place } from '../engine/engine.ts'
import type { EngineSettings } from '../engine/open.ts'
import { disableRuntimeTelemetry } from '../runtime/onnx-runtime.ts'
import {
  type FromWorker,
  type ToWorker,
  unpackError,
  type WorkerCall,
  type WorkerResult,
} from './worker-messages.ts'

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

interface Pending {
  readonly place: Place | undefined
  resolve(result: WorkerResult): void
  reject(error: AppError): void
}

/**
 * A worker that runs the program at `script`. When it dies, the calls that it was running fail with
 * `inference_failed`, and the next call starts a new one: a program that always fails is not started in a loop.
 */
export function createWorkerHandle(script: string, settings: EngineSettings): WorkerHandle {
  const pending = new Map<number, Pending>()
  let worker: Worker | undefined
  let usage: readonly ModelUsage[] = []
  let lastId = 0

  const start = (): Worker => {
    disableRuntimeTelemetry()
    const started = new Worker(script, { workerData: settings })
    let cause: unknown
    started.on('message', receive)
    started.on('error', (error) => {
      cause = error
    })
    started.on('exit', (code) => {
      worker = undefined
      usage = usage.map((entry) => ({ ...entry, loaded: false, memoryBytes: 0 }))
      for (const { reject } of pending.values()) reject(died(code, cause))
      pending.clear()
    })
    return started
  }
  const receive = (message: FromWorker) => {
    usage = message.usage
    const { id } = message
    const waiting = pending.get(id)
    if (message.kind === 'loading') waiting?.place?.leave()
    else if (message.kind === 'loaded') void comeBack(id, waiting)
    else {
      pending.delete(id)
      if (message.kind === 'result') waiting?.resolve(message.result)
      else waiting?.reject(unpackError(message.failure))
    }
  }
  const comeBack = async (id: number, waiting: Pending | undefined) => {
    try {
      await waiting?.place?.comeBack()
      send({ kind: 'go', id })
    } catch (error) {
      pending.delete(id)
      send({ kind: 'abort', id })
      waiting?.reject(toAppError(error))
    }
  }
  const send = (message: ToWorker) => worker?.postMessage(message)

  return {
    async call(call, { requestId, deadline, signal }, place) {
      const id = ++lastId
      const abort = () => send({ kind: 'abort', id })
      worker ??= start()
      const answer = new Promise<WorkerResult>((resolve, reject) => {
        pending.set(id, { place, resolve, reject })
      })
      send({ kind: 'call', id, call, requestId, deadline })
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
