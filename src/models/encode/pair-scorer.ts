import type { Context } from '../../context.ts'

/** How to score pairs; what is left out is the default of the reranker. */
export interface ScoreOptions {
  /** Which end of texts beyond the model's maximum is dropped; `false` refuses such pairs with `input_too_long`. */
  readonly truncate?: 'end' | 'start' | false | undefined
  /** Most tokens of each text, the query's and special ones not counted; as many as there is room for when absent. */
  readonly maxTextTokens?: number | undefined
  /** Makes a score bit-for-bit the same alone and in any batch, by running each pair alone. */
  readonly deterministic?: boolean | undefined
}

/** Scores with the measurements of making them. */
export interface PairScores {
  /** The model's own logit of each text, in their order, unbounded; the higher, the better. */
  readonly scores: Float32Array
  /** Whether the model knows no token of the query, and 1 for each text of which it knows none: such scores say nothing. */
  readonly unknownQuery: boolean
  readonly unknown: Uint8Array
  /** Tokens that the graph saw, the query in each pair included, padding excluded. */
  readonly tokens: number
  /** Pairs that lost tokens. */
  readonly truncated: number
  readonly tokenizeMs: number
  /** Time of the runs that had these inputs, which other callers may have shared. */
  readonly inferenceMs: number
  /** Time in line for those runs. */
  readonly queueMs?: number
}

/** Pairs to scores with one loaded model, which reads both texts at once. */
export interface Reranker {
  score(query: string, texts: readonly string[], options: ScoreOptions, context: Context): Promise<PairScores>
}
