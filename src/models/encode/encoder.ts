import type { Context } from '../../context.ts'
import type { Matrix } from '../../vector/matrix.ts'

/** A text, or token ids of the model's own vocabulary, taken as they are: no prompt, no special tokens. */
export type EncoderInput = string | readonly number[]

/** How to turn inputs into vectors; what is left out is as the model's manifest says. */
export interface EncodeOptions {
  /** Names the prompt of the manifest to put before each text. A model without that prompt adds none. */
  readonly role?: string | undefined
  /** Columns to keep, cut before normalization: the model's own size or one of its matryoshka sizes. */
  readonly dimensions?: number | undefined
  readonly normalize?: boolean | undefined
  /** Which end of a text beyond the model's maximum is dropped; `false` refuses it with `input_too_long`. */
  readonly truncate?: 'end' | 'start' | false | undefined
  /** Most tokens of a text, special ones included, where that is less than the model's maximum. */
  readonly maxTokens?: number | undefined
  /** Makes a vector bit-for-bit the same alone and in any batch, by running each input alone. */
  readonly deterministic?: boolean | undefined
}

/** Vectors with the measurements of making them. */
export interface Encoded {
  /** `[inputs, dimensions]` in input order. */
  readonly vectors: Matrix
  /** Tokens that the graph saw, padding excluded. */
  readonly tokens: number
  /** The same by input. */
  readonly inputTokens: Uint32Array
  /** 1 for each input of which the model knows no token, 0 for the others: such a vector says nothing of its text. */
  readonly unknown: Uint8Array
  /** 1 for each input that lost tokens, 0 for the others. */
  readonly cut: Uint8Array
  /** How many these are. */
  readonly truncated: number
  readonly tokenizeMs: number
  /** Time of the runs that had these inputs, which other callers may have shared. */
  readonly inferenceMs: number
  /** Time in line for those runs. */
  readonly queueMs?: number
}

/** Text to vectors with one loaded model. */
export interface Encoder {
  embed(inputs: readonly EncoderInput[], options: EncodeOptions, context: Context): Promise<Encoded>
}
