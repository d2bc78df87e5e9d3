import { type Context, outOfTime, throwIfDone } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { isRecord } from '../../src/is-record.ts'
import type { GenerateOptions, Generator, Piece } from '../../src/models/generate/generator.ts'
import type { Message } from '../../src/models/generate/prompt.ts'

/** A language model that knows a few words, and what became of its answers. */
interface FakeGenerator extends Generator {
  /** Tokens that were made, of all answers. */
  made(): number
  /** Answers that are being made. */
  live(): number
}

/** What a fake model is to do. */
interface FakeOptions {
  readonly model?: string
  readonly contextTokens?: number
  /** Awaited before each token, with how many there are. */
  readonly before?: (made: number, context: Context) => Promise<void> | void
}

const WORDS = [
  'Once',
  ' upon',
  ' a',
  ' time',
  ' a',
  ' nurse',
  ' met',
  ' a',
  ' cook',
  ',',
  ' 护士',
  ' too',
  '.',
]

/**
 * A language model that goes on with the same words for the same question, seed and temperature: a token a word, as many
 * as are asked for, then the end. Under a schema it answers the least that the schema takes.
 */
export function createFakeGenerator({
  model = 'fake-chat',
  contextTokens = 64,
  before = () => {},
}: FakeOptions = {}): FakeGenerator {
  let made = 0
  let live = 0
  return {
    model,
    contextTokens,
    made: () => made,
    live: () => live,
    async *generate(messages, options, context) {
      live += 1
      try {
        const promptTokens = countWords(messages)
        if (promptTokens >= contextTokens) throw tooLong(promptTokens, contextTokens)
        const tokens = tokensOf(messages, options)
        const most = Math.min(options.maxTokens, contextTokens - promptTokens)
        const taken = tokens.slice(0, most)
        const whole = taken.join('')
        const stops = (options.stop ?? []).map((text) => whole.indexOf(text)).filter((place) => place >= 0)
        const end = Math.min(...stops, whole.length)
        let generatedTokens = 0
        let length = 0
        for (const token of taken) {
          throwIfDone(context)
          await before(made, context)
          if (context.signal.aborted) throw outOfTime(context)
          generatedTokens += 1
          made += 1
          const piece = whole.slice(length, Math.min(length + token.length, end))
          length += token.length
          if (piece !== '') yield pieceOf(piece, options)
          if (length >= end && end < whole.length) break
        }
        const usage = { promptTokens, generatedTokens }
        if (end < whole.length) yield { kind: 'finish', reason: 'stop', usage }
        else yield { kind: 'finish', reason: tokens.length > most ? 'length' : 'stop', usage }
      } finally {
        live -= 1
      }
    },
    close: async () => {},
  }
}

function tokensOf(messages: readonly Message[], { temperature = 0, seed = 0, schema }: GenerateOptions) {
  if (schema) return JSON.stringify(leastOf(schema)).match(/.{1,4}/gs)!
  const first = temperature === 0 ? 0 : (seed + countWords(messages)) % WORDS.length
  return [...WORDS.slice(first), ...WORDS.slice(0, first)]
}

/** Words that begin with the same letter stand for the likeliest others. */
function pieceOf(text: string, { topLogprobs }: GenerateOptions): Piece {
  if (topLogprobs === undefined) return { kind: 'text', text }
  const top = Array.from({ length: topLogprobs }, (_, place) => ({
    token: place === 0 ? text : WORDS[place % WORDS.length]!,
    logprob: -0.25 - place,
  }))
  return { kind: 'text', text, logprobs: [{ token: text, logprob: -0.25, top }] }
}

function leastOf(schema: unknown): unknown {
  if (!isRecord(schema)) return null
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if (schema.type === 'object') {
    const properties = isRecord(schema.properties) ? schema.properties : {}
    return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, leastOf(inner)]))
  }
  return { string: 'nurse', integer: 3, number: 0.5, boolean: true, array: [] }[String(schema.type)] ?? null
}

const countWords = (messages: readonly Message[]) =>
  messages.reduce((sum, { content }) => sum + content.split(/\s+/).filter(Boolean).length + 1, 0)

function tooLong(tokens: number, most: number): AppError {
  return new AppError(
    'input_too_long',
    `The messages have ${tokens} tokens; expected fewer than ${most}; shorten them.`,
    { details: { field: 'messages', tokens, most } },
  )
}
