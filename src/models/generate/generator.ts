import type { Context } from '../../context.ts'
import type { Message } from './prompt.ts'

/** What a caller may ask of an answer. What is left out is the runtime's own habit. */
export interface GenerateOptions {
  /** Tokens of the answer, at least 1. */
  readonly maxTokens: number
  /** 0 takes the likeliest token each time; at most 2. */
  readonly temperature?: number
  /** Above 0, at most 1. */
  readonly topP?: number
  readonly seed?: number
  /** Texts that end the answer, and are not part of it; at most 4. */
  readonly stop?: readonly string[]
  /** A JSON schema that the answer must have. */
  readonly schema?: Readonly<Record<string, unknown>>
  /** How many of the likeliest tokens are told with each token, 0 to 20; without it no probabilities are told. */
  readonly topLogprobs?: number
}

/** How likely a token was: a natural logarithm, at most 0. */
export interface TokenLogprob {
  readonly token: string
  readonly logprob: number
}

/** A token of an answer and the likeliest ones at its place. */
export interface ChosenToken extends TokenLogprob {
  readonly top: readonly TokenLogprob[]
}

/** A piece of an answer, of one token or several. */
export interface Piece {
  readonly kind: 'text'
  readonly text: string
  /** Only where probabilities were asked for. */
  readonly logprobs?: readonly ChosenToken[]
}

/** The end of an answer: always the last of what a generator gives. */
export interface Finish {
  readonly kind: 'finish'
  /** `deadline`: the time was up in the middle of the answer, which holds what there was. */
  readonly reason: 'stop' | 'length' | 'deadline'
  /** Absent where a server does not count. */
  readonly usage?: { readonly promptTokens: number; readonly generatedTokens: number }
}

/** One question about several texts, each asked on its own; nothing of one is in the prompt of another. */
export interface Choosing {
  /** What the model is told before; absent where its format has no place for it. */
  readonly system?: string
  /** What stands before each text in the question, the same for all: it is evaluated once. */
  readonly before: string
  readonly texts: readonly string[]
  /** What stands behind each text. */
  readonly after: string
  /** Two to eight answers of one word, whose first tokens differ. */
  readonly choices: readonly string[]
  /** Tokens of a text beyond which it is cut. */
  readonly textTokens: number
}

/** How likely the answers about one text are. */
export interface Chosen {
  /** The place in `texts`. */
  readonly place: number
  /** One a choice, 0 to 1; together at most 1, since the model may have said something else. */
  readonly probabilities: readonly number[]
  /** Whether the text was longer than `textTokens`. */
  readonly cut: boolean
  /** Tokens that were evaluated for it, those of the shared beginning with the first text alone. */
  readonly evaluatedTokens?: number
}

/** A prompt as token ids, of a model whose answer to it is known. */
export interface Proof {
  readonly prompt: readonly number[]
  /** How many tokens to go on for, at least 1; the token that ends an answer counts like others. */
  readonly count: number
  /** Tokens whose chances as the first one are asked for. */
  readonly asked: readonly number[]
}

/** What a model goes on with, the likeliest token each time. */
export interface Proven {
  readonly tokens: readonly number[]
  /** Natural logarithms, one for each token that was asked for. */
  readonly logprobs: readonly number[]
}

/** A language model, whichever runtime it has. */
export interface Generator {
  /** The id in the catalog. */
  readonly model: string
  /** Tokens of prompt and answer together. */
  readonly contextTokens: number
  /**
   * Answers a conversation piece by piece. Ending the iteration ends the work.
   *
   * @throws AppError `deadline_exceeded` when the time was up before the first piece, `input_too_long` for a prompt
   * beyond the context, `overloaded`, `upstream_failed` or `inference_failed` as the runtime has it
   */
  generate(
    messages: readonly Message[],
    options: GenerateOptions,
    context: Context,
  ): AsyncIterable<Piece | Finish>
  /**
   * How likely each of a few answers is, for each text as it is known, in their order. Ending the iteration ends the
   * work. Absent where the runtime tells no probabilities.
   *
   * @throws AppError as `generate`, and `unsupported_task` where the model cannot tell the choices apart
   */
  choose?(choosing: Choosing, context: Context): AsyncIterable<Chosen>
  /**
   * Goes on behind a prompt of token ids, to prove a deployment. Absent where the runtime shows no ids.
   *
   * @throws AppError as `generate`
   */
  prove?(proof: Proof, context: Context): Promise<Proven>
  /** Lets the model go. Answers in progress fail. */
  close(): Promise<void>
}
