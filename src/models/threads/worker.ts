import type { MessagePort } from 'node:worker_threads'
import { type Context, createContext } from '../../context.ts'
import type { Engine } from '../engine/engine.ts'
import {
  type FromWorker,
  packError,
  type ToWorker,
  type WorkerCall,
  type WorkerResult,
} from './worker-messages.ts'

/** Serves an engine to another thread until that thread asks to close it. Vectors are handed over, not copied. */
export function serveEngine(port: MessagePort, engine: Engine): void {
  const running = new Map<number, AbortController>()

  const run = async ({ id, call, requestId, deadline }: Extract<ToWorker, { kind: 'call' }>) => {
    const controller = new AbortController()
    running.set(id, controller)
    const context = createContext({ requestId, deadline, signal: controller.signal })
    try {
      const result = await runCall(engine, call, context)
      reply({ kind: 'result', id, result, usage: engine.usage() })
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

async function runCall(engine: Engine, call: WorkerCall, context: Context): Promise<WorkerResult> {
  if (call.kind === 'embed') return engine.embed(call.job, context)
  if (call.kind === 'score') return engine.score(call.job, context)
  if (call.kind === 'tokenize') return engine.tokenize(call.job, context)
  await engine.preload(call.models, context)
  return undefined
}

function transferable(message: FromWorker): ArrayBuffer[] {
  const result = message.kind === 'result' ? message.result : undefined
  if (!result || Array.isArray(result)) return []
  const { buffer } = 'vectors' in result ? result.vectors.data : result.scores
  return buffer instanceof ArrayBuffer ? [buffer] : []
}
