import type { MessagePort } from 'node:worker_threads'
import type { Context } from '../../context.ts'
import type { Engine, EngineResult, ModelUsage, ScoreResult } from '../../models/engine/engine.ts'
import { createPendingCalls } from '../../models/threads/pending-calls.ts'
import type { FromWorker, ToWorker, WorkerCall } from '../../models/threads/worker-messages.ts'

/** The engine that another thread serves at the other end of a port: its models are in memory once. */
export function createRemoteEngine(port: MessagePort): Engine {
  const send = (message: ToWorker) => port.postMessage([message])
  const calls = createPendingCalls(send)
  let usage: readonly ModelUsage[] = []
  let lastId = 0
  port.on('message', (message: FromWorker) => {
    usage = message.usage
    message.about.forEach(calls.receive)
  })
  const call = async (asked: WorkerCall, { requestId, deadline, signal }: Context) => {
    const id = ++lastId
    const answer = calls.wait(id, undefined)
    send({ kind: 'call', id, call: asked, requestId, deadline })
    const abort = () => send({ kind: 'abort', id })
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    return answer.finally(() => signal.removeEventListener('abort', abort))
  }
  return {
    embed: async (job, context) => (await call({ kind: 'embed', job }, context)) as EngineResult,
    score: async (job, context) => (await call({ kind: 'score', job }, context)) as ScoreResult,
    tokenize: async (job, context) =>
      (await call({ kind: 'tokenize', job }, context)) as Uint8Array<ArrayBuffer>,
    async preload(models, context) {
      await call({ kind: 'preload', models }, context)
    },
    admit: (manifest) => send({ kind: 'admit', manifest }),
    usage: () => usage,
    close: async () => port.close(),
  }
}
