import { MessageChannel, Worker } from 'node:worker_threads'
import { AppError } from '../../errors.ts'
import type { Engine } from '../../models/engine/engine.ts'
import { disableRuntimeTelemetry } from '../../models/runtime/onnx-runtime.ts'
import { serveEngine } from '../../models/threads/worker.ts'
import { unpackError } from '../../models/threads/worker-messages.ts'
import type { JudgeService } from '../judge/judge.ts'
import { createPatientEngine } from './patient-engine.ts'
import { serveJudge } from './remote-judge.ts'
import type { BatchEvents } from './run-batch.ts'
import type { BatchEnd, BatchSource, BatchTask, Preview } from './shapes.ts'
import type { BatchThreadData, FromBatchThread, ToBatchThread } from './thread-messages.ts'

/** The thread that reads files and works on batches. */
export interface BatchThread {
  /** @throws AppError when the thread died */
  preview(source: BatchSource): Promise<Preview>
  /**
   * Works on a batch to its end, or until `signal` aborts and what was begun is written.
   *
   * @throws AppError when the thread died; what was written stays
   */
  run(task: BatchTask, events: BatchEvents, signal: AbortSignal): Promise<BatchEnd>
  /** Ends the thread. Work on a batch must have been stopped before. */
  close(): Promise<void>
}

interface Pending {
  readonly events: BatchEvents | undefined
  resolve(result: BatchEnd | Preview): void
  reject(error: AppError): void
}

/**
 * A thread that runs the program at `script`, started when it is first needed, and anew when it has died.
 *
 * @param config handed to the program as it is
 * @param engine serves the program's vectors, in turns with everybody else's
 * @param judge opens what judges for the program
 */
export function createBatchThread(
  script: string,
  config: unknown,
  engine: Engine,
  judge: () => Promise<JudgeService>,
): BatchThread {
  const pending = new Map<number, Pending>()
  let worker: Worker | undefined
  let lastId = 0
  const take = (message: FromBatchThread) => {
    const call = pending.get(message.id)
    if (!call) return
    if (message.kind === 'planned') return call.events?.planned(message.found, message.total)
    if (message.kind === 'progress') return call.events?.progress(message.counts)
    if (message.kind === 'written') return call.events?.written(message.bytes)
    pending.delete(message.id)
    if (message.kind === 'result') call.resolve(message.result)
    else call.reject(unpackError(message.failure))
  }
  const died = (started: Worker, cause: unknown) => {
    if (started !== worker) return
    worker = undefined
    for (const { reject } of pending.values()) reject(endedEarly(cause))
    pending.clear()
  }
  const start = () => startThread(script, config, { engine, judge }, { take, died })
  const send = (message: ToBatchThread) => worker?.postMessage(message)
  const call = (message: (id: number) => ToBatchThread, events?: BatchEvents, signal?: AbortSignal) => {
    worker ??= start()
    const id = ++lastId
    const stop = () => send({ kind: 'stop', id })
    const answer = new Promise<BatchEnd | Preview>((resolve, reject) => {
      pending.set(id, { events, resolve, reject })
    })
    send(message(id))
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    return answer.finally(() => signal?.removeEventListener('abort', stop))
  }
  return {
    preview: async (source) => (await call((id) => ({ kind: 'preview', id, source }))) as Preview,
    run: async (task, events, signal) =>
      (await call((id) => ({ kind: 'run', id, task }), events, signal)) as BatchEnd,
    async close() {
      await worker?.terminate()
    },
  }
}

interface ThreadEvents {
  take(message: FromBatchThread): void
  died(thread: Worker, cause: unknown): void
}

function startThread(
  script: string,
  config: unknown,
  { engine, judge }: { readonly engine: Engine; readonly judge: () => Promise<JudgeService> },
  { take, died }: ThreadEvents,
): Worker {
  const [forEngine, forJudge] = [new MessageChannel(), new MessageChannel()]
  serveEngine(forEngine.port1, createPatientEngine(engine))
  serveJudge(forJudge.port1, judge)
  // An idle port keeps no process alive.
  forEngine.port1.unref()
  forJudge.port1.unref()
  disableRuntimeTelemetry()
  const ports = { engine: forEngine.port2, judge: forJudge.port2 }
  const workerData: BatchThreadData<unknown> = { config, ...ports }
  const thread = new Worker(script, { workerData, transferList: Object.values(ports) })
  let cause: unknown
  thread.on('message', take)
  thread.on('error', (error) => {
    cause = error
  })
  thread.on('exit', () => {
    forEngine.port1.close()
    forJudge.port1.close()
    died(thread, cause)
  })
  return thread
}

function endedEarly(cause: unknown): AppError {
  return new AppError(
    'inference_failed',
    'The thread that reads files ended unexpectedly, most likely for lack of memory; try again, or give the server more memory.',
    cause === undefined ? {} : { cause },
  )
}
