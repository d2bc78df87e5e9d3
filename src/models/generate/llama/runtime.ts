import type { LikelyToken } from '../sampling.ts'

/** What is asked of the token behind another one. */
interface LikelyWanted {
  /** How many of the likeliest tokens. */
  readonly top: number
  /** Tokens to tell of however unlikely they are. */
  readonly tokens?: readonly number[]
  /**
   * The logarithms need be right beside each other alone, not over the whole vocabulary, which spares sorting that. Not
   * with `tokens`.
   */
  readonly ratios?: boolean
}

/** How an answer that must have a schema is drawn; llama.cpp draws, since it alone knows what the grammar allows. */
interface ConstrainedOptions {
  readonly schema: Readonly<Record<string, unknown>>
  readonly temperature: number
  readonly topP: number
  readonly seed: number | undefined
  /** How many of the likeliest allowed tokens are told with each; absent none. */
  readonly top: number | undefined
}

/** A token that was drawn, and the likeliest at its place where they were asked for. */
export interface DrawnToken {
  readonly token: number
  readonly likely: readonly LikelyToken[]
}

/** One model in llama.cpp with one cache, for one answer at a time. */
export interface LlamaRuntime {
  /** Tokens that the cache has room for. */
  readonly contextTokens: number
  /** The token that every prompt begins with, where the model was trained so. */
  readonly begin: number | undefined
  /** @param special whether special pieces in the text become their tokens; never for a caller's text */
  tokenize(text: string, special: boolean): number[]
  /** The text of tokens that stand behind others; a character cut in two shows as U+FFFD at the end. */
  textOf(tokens: readonly number[], before: readonly number[]): string
  /** Whether a token ends an answer. */
  endsAnswer(token: number): boolean
  /** Keeps of the cache what these tokens begin with, and says how many of them that are. */
  keep(tokens: readonly number[]): Promise<number>
  /** Puts tokens into the cache. */
  evaluate(tokens: readonly number[]): Promise<void>
  /**
   * Puts a token into the cache and tells what may follow: natural logarithms over the whole vocabulary, likeliest
   * first; with `ratios` over the tokens told. They are NaN where the model's numbers are.
   */
  likely(token: number, wanted: LikelyWanted): Promise<readonly LikelyToken[]>
  /**
   * Puts a token into the cache and tells the first number of the model's own head for pairs, 0 to 1. Only of a model
   * that was opened to rank, which does nothing else.
   */
  rank?(token: number): Promise<number>
  /**
   * Draws tokens that have a schema behind a token, the end of the answer included.
   *
   * @throws Error for a schema that cannot be made a grammar
   */
  constrained(token: number, options: ConstrainedOptions): AsyncGenerator<DrawnToken, void, undefined>
  close(): Promise<void>
}

/** What a runtime is opened with. */
export interface LlamaSettings {
  readonly path: string
  readonly contextTokens: number
  readonly threads: number
  /** Whether it is opened to rank pairs by a head of its own. */
  readonly ranks?: boolean
  /** Most tokens in one evaluation. */
  readonly chunkTokens: number
  /** Folders in which node-llama-cpp is looked for. */
  readonly runtimeFolders: readonly string[]
}

/** @throws AppError `runtime_missing`, or what llama.cpp says of the file */
export type OpenLlama = (settings: LlamaSettings) => Promise<LlamaRuntime>
