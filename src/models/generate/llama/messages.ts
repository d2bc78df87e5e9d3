import { AppError, ERROR_CODES, type ErrorDetails, toAppError } from '../../../errors.ts'
import type { ChatManifest } from '../../catalog/generator-manifest.ts'
import type { ManifestFile } from '../../catalog/manifest.ts'
import type { Choosing, Chosen, Finish, GenerateOptions, Piece, Proof, Proven } from '../generator.ts'
import type { Message } from '../prompt.ts'
import type { LlamaSettings } from './runtime.ts'

/** What a process that runs llama.cpp is told first. */
export interface LoadModel extends LlamaSettings {
  readonly model: string
  readonly file: ManifestFile
  readonly chat: ChatManifest
  /** Bytes that the process may take. */
  readonly availableBytes: number
}

/** A piece of work; one at a time. */
export type Question =
  | { readonly kind: 'generate'; readonly messages: readonly Message[]; readonly options: GenerateOptions }
  | { readonly kind: 'choose'; readonly choosing: Choosing }
  | { readonly kind: 'prove'; readonly proof: Proof }

/** A part of what a question is answered with. */
export type Part =
  | Piece
  | Finish
  | ({ readonly kind: 'chosen' } & Chosen)
  | ({ readonly kind: 'proven' } & Proven)

/** What the server says to the process. */
export type ToLlama =
  | { readonly kind: 'load'; readonly load: LoadModel }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'stop'; readonly id: number }

/** What the process says to the server. */
export type FromLlama =
  | { readonly kind: 'ready'; readonly contextTokens: number }
  | { readonly kind: 'unready'; readonly error: SentError }
  | { readonly kind: 'part'; readonly id: number; readonly part: Part }
  | { readonly kind: 'end'; readonly id: number; readonly error?: SentError }

/** An error between two processes. */
interface SentError {
  readonly code: string
  readonly message: string
  readonly details: ErrorDetails
  readonly retryable: boolean
}

/** An error as it is sent; what is no `AppError` is a failed inference, with the sentence of who threw it. */
export function sendError(error: unknown): SentError {
  const { code, message, details, retryable } =
    error instanceof AppError ? error : failed(error instanceof Error ? error.message : String(error))
  return { code, message, details, retryable }
}

const MOST_REASON = 200

function failed(reason: string): AppError {
  return new AppError(
    'inference_failed',
    `The runtime of the model failed: ${JSON.stringify(reason.slice(0, MOST_REASON))}; try again, or another prompt.`,
  )
}

/** The error that was sent. */
export function receiveError({ code, message, details, retryable }: SentError): AppError {
  const known = ERROR_CODES.find((one) => one === code)
  return known ? new AppError(known, message, { details, retryable }) : toAppError(new Error(message))
}
