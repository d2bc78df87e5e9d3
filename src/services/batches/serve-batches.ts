import type { MessagePort } from 'node:worker_threads'
import { createContext } from '../../context.ts'
import { packError } from '../../models/threads/worker-messages.ts'
import type { Store } from '../../storage/store.ts'
import { openPlace } from './batch-place.ts'
import { previewFile } from './preview.ts'
import { type BatchEvents, type RunParts, runBatch } from './run-batch.ts'
import type { BatchEnd, Preview } from './shapes.ts'
import type { FromBatchThread, ToBatchThread } from './thread-messages.ts'

/**
 * Reads files and works on batches for another thread, whose sockets stay free meanwhile: to write 4,096 vectors as
 * JSON takes some 100 ms in one go.
 */
export function serveBatches(
  port: Pick<MessagePort, 'on' | 'postMessage'>,
  parts: RunParts,
  collections: Store | undefined,
): void {
  const running = new Map<number, AbortController>()
  const say = (message: FromBatchThread) => port.postMessage(message)
  const answer = async (id: number, work: (signal: AbortSignal) => Promise<BatchEnd | Preview>) => {
    const controller = new AbortController()
    running.set(id, controller)
    try {
      say({ kind: 'result', id, result: await work(controller.signal) })
    } catch (error) {
      say({ kind: 'failure', id, failure: packError(error) })
    } finally {
      running.delete(id)
    }
  }
  port.on('message', (message: ToBatchThread) => {
    const { id } = message
    if (message.kind === 'stop') return void running.get(id)?.abort()
    if (message.kind === 'preview') {
      const place = openPlace(message.source, undefined, collections)
      return void answer(id, (signal) =>
        previewFile(place, parts, createContext({ requestId: 'preview', signal })),
      )
    }
    const { task } = message
    const place = openPlace(task, task.folder, collections)
    const events: BatchEvents = {
      planned: (found, total) => say({ kind: 'planned', id, found, total }),
      progress: (counts) => say({ kind: 'progress', id, counts }),
      written: (bytes) => say({ kind: 'written', id, bytes }),
    }
    void answer(id, (signal) =>
      runBatch(task, place, parts, events, createContext({ requestId: task.id, signal })),
    )
  })
}
