import { inspect } from 'node:util'
import type { MessagePort } from 'node:worker_threads'
import { type Context, createContext, withinContext } from '../../context.ts'
import { toAppError } from '../../errors.ts'
import type { Engine, Place } from '../engine/engine.ts'
import { createOutbox } from './outbox.ts'
import {
  type AboutCall,
  type FromWorker,
  packError,
  type ToWorker,
  type WorkerCall,
  type WorkerResult,
} from './worker-messages.ts'

/** Serves an engine to another thread until that thread asks to close it. Vectors are handed over, not copied. */
export function serveEngine(port: MessagePort, engine: Engine): void {
  const running = new Map<number, AbortController>()
  /** Calls that have loaded their model and wait for a place to run at. */
  const returning = new Map<number, () => void>()
  const placeOf = (id: number, context: Context): Place => ({
    leave: () => reply({ kind: 'loading', id }),
    comeBack() {
      const place = new Promise<void>((resolve) => returning.set(id, resolve))
      reply({ kind: 'loaded', id })
      return withinContext(context, place)
    },
  })

  const run = async ({ id, call, requestId, deadline }: Extract<ToWorker, { kind: 'call' }>) => {
    const controller = new AbortController()
    running.set(id, controller)
    const context = createContext({ requestId, deadline, signal: controller.signal })
    try {
      const result = await runCall(engine, call, context, placeOf(id, context))
      reply({ kind: 'result', id, result })
    } catch (error) {
      reply({ kind: 'failure', id, failure: packError(error) })
    } finally {
      running.delete(id)
      returning.delete(id)
    }
  }
  const tell = (about: readonly AboutCall[]) => {
    const message: FromWorker = { about, usage: engine.usage() }
    port.postMessage(message, about.flatMap(transferable))
  }
  const outbox = createOutbox<AboutCall>({
    post: tell,
    refused: ({ id }, error) => tell([{ kind: 'failure', id, failure: packError(error) }]),
    // Before the next run, which would hold the answers of this one back.
    later: process.nextTick,
    most: Number.POSITIVE_INFINITY,
  })
  const reply = outbox.add

  const hear = (message: ToWorker) => {
    if (message.kind === 'call') void run(message)
    else if (message.kind === 'ping') tell([])
    else if (message.kind === 'admit') engine.admit?.(message.manifest)
    else if (message.kind === 'go') returning.get(message.id)?.()
    else if (message.kind === 'abort') running.get(message.id)?.abort()
    else void close(port, engine, outbox.flush)
  }
  port.on('message', (messages: readonly ToWorker[]) => messages.forEach(hear))
}

/** The thread ends even when its engine cannot be closed: as long as it is there, the process cannot exit. */
async function close(port: MessagePort, engine: Engine, flush: () => void): Promise<void> {
  try {
    await engine.close()
  } catch (error) {
    const message = `The engine of a worker thread could not be closed: ${toAppError(error).message}`
    console.error(JSON.stringify({ level: 'error', message, cause: inspect(error) }))
  } finally {
    flush()
    port.close()
  }
}

async function runCall(
  engine: Engine,
  call: WorkerCall,
  context: Context,
  place: Place,
): Promise<WorkerResult> {
  if (call.kind === 'embed') return engine.embed(call.job, context, place)
  if (call.kind === 'score') return engine.score(call.job, context, place)
  if (call.kind === 'tokenize') return engine.tokenize(call.job, context, place)
  if (call.kind === 'unload') await engine.unload?.(call.model, context)
  else await engine.preload(call.models, context)
  return undefined
}

function transferable(message: AboutCall): ArrayBuffer[] {
  const result = message.kind === 'result' ? message.result : undefined
  if (!result) return []
  if (result instanceof Uint8Array) return [result.buffer]
  const { buffer } = 'vectors' in result ? result.vectors.data : result.scores
  return buffer instanceof ArrayBuffer ? [buffer] : []
}
