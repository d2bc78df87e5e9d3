import { type AppError, toAppError } from '../../errors.ts'
import type { Place } from '../engine/engine.ts'
import { type AboutCall, type ToWorker, unpackError, type WorkerResult } from './worker-messages.ts'

/** Calls that a worker has not answered yet, by their ids. */
interface PendingCalls {
  /** The answer to a call that is about to be sent; it leaves its place while its model is loaded. */
  wait(id: number, place: Place | undefined): Promise<WorkerResult>
  /** Takes what the worker says of a call; nothing when nobody waits for that call any more. */
  receive(message: AboutCall): void
  /** Fails one call, or all of them when no id is given. */
  fail(error: unknown, id?: number): void
  /** How many there are. */
  count(): number
}

interface Pending {
  readonly place: Place | undefined
  resolve(result: WorkerResult): void
  reject(error: AppError): void
}

/** Keeps the calls that a worker has not answered; `send` sends it a message. */
export function createPendingCalls(send: (message: ToWorker) => void): PendingCalls {
  const pending = new Map<number, Pending>()
  const fail = (error: unknown, id: number) => {
    pending.get(id)?.reject(toAppError(error))
    pending.delete(id)
  }
  const comeBack = async (id: number, place: Place | undefined) => {
    try {
      await place?.comeBack()
      send({ kind: 'go', id })
    } catch (error) {
      fail(error, id)
      send({ kind: 'abort', id })
    }
  }
  return {
    wait: (id, place) =>
      new Promise((resolve, reject) => {
        pending.set(id, { place, resolve, reject })
      }),
    receive(message) {
      const { id } = message
      const call = pending.get(id)
      if (!call) return
      if (message.kind === 'loading') return call.place?.leave()
      if (message.kind === 'loaded') return void comeBack(id, call.place)
      pending.delete(id)
      if (message.kind === 'result') call.resolve(message.result)
      else call.reject(unpackError(message.failure))
    },
    fail(error, id) {
      for (const each of id === undefined ? [...pending.keys()] : [id]) fail(error, each)
    },
    count: () => pending.size,
  }
}
