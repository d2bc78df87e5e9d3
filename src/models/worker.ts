import type { MessagePort } from 'node:worker_threads'
import { createContext } from '../context.ts'
import type { Engine, EngineResult } from './engine.ts'
import { type FromWorker, packError, type ToWorker } from './worker-messages.ts'

/** Serves an engine to another thread until that thread asks to close it. Vectors are handed over, not copied. */
export function serveEngine(port: MessagePort, engine: Engine): void {
  const running = new Map<number, AbortController>()

  const run = async ({ id, call, requestId, deadline }: Extract<ToWorker, { kind: 'call' }>) => {
    const controller = new AbortController()
    running.set(id, controller)
    const context = createContext({ requestId, deadline, signal: controller.signal })
    try {
      const result =
        call.kind === 'embed'
          ? await engine.embed(call.job, context)
          : await engine.preload(call.models, context)
      reply({ kind: 'result', id, result: result ?? undefined, usage: engine.usage() })
    } catch (error) {
      reply({ kind: 'failure', id, failure: packError(error), usage: engine.usage() })
    } finally {
      running.delete(id)
    }
  }
  const reply = (message: FromWorker) => port.postMessage(message, transferable(message))

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'call') void run(message)
    else if (message.kind === 'abort') running.get(message.id)?.abort()
    else void engine.close().finally(() => port.close())
  })
}

function transferable(message: FromWorker): ArrayBuffer[] {
  const vectors: EngineResult['vectors'] | undefined =
    message.kind === 'result' ? message.result?.vectors : undefined
  return vectors && vectors.data.buffer instanceof ArrayBuffer ? [vectors.data.buffer] : []
}
