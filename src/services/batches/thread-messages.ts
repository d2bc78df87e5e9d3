import type { MessagePort } from 'node:worker_threads'
import type { packError } from '../../models/threads/worker-messages.ts'
import type { BatchCounts, BatchEnd, BatchSource, BatchTask, FoundInput, Preview } from './shapes.ts'

/** What the thread is started with: the settings of the process, and where its engine is served. */
export interface BatchThreadData<Config> {
  readonly config: Config
  readonly engine: MessagePort
  /** Where its judge is served. */
  readonly judge: MessagePort
}

/** What the thread hears; `id` joins a call with what is said of it. */
export type ToBatchThread =
  | { readonly kind: 'preview'; readonly id: number; readonly source: BatchSource }
  | { readonly kind: 'run'; readonly id: number; readonly task: BatchTask }
  | { readonly kind: 'stop'; readonly id: number }

/** What the thread says. */
export type FromBatchThread =
  | { readonly kind: 'planned'; readonly id: number; readonly found: FoundInput; readonly total: number }
  | { readonly kind: 'progress'; readonly id: number; readonly counts: BatchCounts }
  | { readonly kind: 'written'; readonly id: number; readonly bytes: number }
  | { readonly kind: 'result'; readonly id: number; readonly result: BatchEnd | Preview }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: ReturnType<typeof packError> }
