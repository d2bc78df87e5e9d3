import { inspect } from 'node:util'
import { AppError, type ErrorCode, type ErrorDetails, toAppError } from '../../errors.ts'
import type { Manifest } from '../catalog/manifest.ts'
import type {
  EngineJob,
  EngineResult,
  ModelUsage,
  ScoreJob,
  ScoreResult,
  TokenizeJob,
} from '../engine/engine.ts'

/** One call of the engine in a worker. */
export type WorkerCall =
  | { readonly kind: 'embed'; readonly job: EngineJob }
  | { readonly kind: 'score'; readonly job: ScoreJob }
  | { readonly kind: 'tokenize'; readonly job: TokenizeJob }
  | { readonly kind: 'preload'; readonly models: readonly string[] }
  | { readonly kind: 'unload'; readonly model: string }

/** What a call of each kind gives; a preload and an unload give nothing. */
export type WorkerResult = EngineResult | ScoreResult | Uint8Array<ArrayBuffer> | undefined

/** What a worker hears, several at a time. `id` joins a call, its abort and its reply. */
export type ToWorker =
  | {
      readonly kind: 'call'
      readonly id: number
      readonly call: WorkerCall
      readonly requestId: string
      readonly deadline: number
    }
  /** The call that was loading has a place again. */
  | { readonly kind: 'go'; readonly id: number }
  | { readonly kind: 'abort'; readonly id: number }
  /** A model that was found after the start. */
  | { readonly kind: 'admit'; readonly manifest: Manifest }
  /** Asks for a sign of life. */
  | { readonly kind: 'ping' }
  | { readonly kind: 'close' }

/**
 * What a worker says: of calls, in order, and what its models have done so far. One that says nothing of a call is the
 * answer to a ping.
 */
export interface FromWorker {
  readonly about: readonly AboutCall[]
  readonly usage: readonly ModelUsage[]
}

/**
 * What a worker says of one call: its result or failure. Before that, a call whose model has to be loaded says `loading`,
 * and `loaded` when only a place to run at is missing.
 */
export type AboutCall =
  | { readonly kind: 'loading'; readonly id: number }
  | { readonly kind: 'loaded'; readonly id: number }
  /** The result is absent after a preload and an unload. */
  | { readonly kind: 'result'; readonly id: number; readonly result: WorkerResult }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }

/** An `AppError` as plain data: a class does not survive the way between threads. */
interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
  readonly retryable: boolean
  /** The cause as a log would show it. */
  readonly cause: string | undefined
}

/** An error as plain data, to be sent to another thread. */
export function packError(error: unknown): Failure {
  const { code, message, details, retryable, cause } = toAppError(error)
  return { code, message, details, retryable, cause: cause === undefined ? undefined : inspect(cause) }
}

/** The error that was packed; its cause is the text of the original one. */
export function unpackError({ code, message, details, retryable, cause }: Failure): AppError {
  return new AppError(code, message, { details, retryable, ...(cause === undefined ? {} : { cause }) })
}
