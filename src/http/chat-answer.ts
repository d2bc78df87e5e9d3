import type * as v from 'valibot'
import type { ChosenToken, Finish, Piece, TokenLogprob } from '../models/generate/generator.ts'
import type { chatChunk, chatResponse } from './chat-schemas.ts'

/** What every part of one answer says of it. */
export interface AnswerHead {
  /** `chatcmpl-` and something that no other answer has. */
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
}

type Completion = v.InferOutput<typeof chatResponse>
type Chunk = v.InferOutput<typeof chatChunk>
type Logprobs = Completion['choices'][number]['logprobs']

/** The whole answer, of all that a generator gave. */
export function completionOf(head: AnswerHead, pieces: readonly Piece[], finish: Finish): Completion {
  const usage = usageOf(finish)
  const content = pieces.map(({ text }) => text).join('')
  return {
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null },
        logprobs: logprobsOf(pieces.flatMap(({ logprobs }) => logprobs ?? [])),
        finish_reason: reasonOf(finish),
      },
    ],
    ...(usage && { usage }),
  }
}

/** The event that begins a streamed answer: whose it is. */
export function firstChunk(head: AnswerHead): Chunk {
  return chunkOf(head, { delta: { role: 'assistant', content: '' } })
}

/** The event of one piece. */
export function pieceChunk(head: AnswerHead, { text, logprobs }: Piece): Chunk {
  return chunkOf(head, { delta: { content: text }, logprobs: logprobsOf(logprobs ?? []) })
}

/** The events that end a streamed answer: why, and, when it was asked for, what was used. */
export function lastChunks(head: AnswerHead, finish: Finish, includeUsage: boolean): Chunk[] {
  const usage = includeUsage ? usageOf(finish) : undefined
  const end = chunkOf(head, { delta: {}, finish_reason: reasonOf(finish) })
  return usage ? [end, { ...head, object: 'chat.completion.chunk', choices: [], usage }] : [end]
}

function chunkOf(head: AnswerHead, choice: Partial<Chunk['choices'][number]>): Chunk {
  const whole = { index: 0 as const, delta: {}, logprobs: null, finish_reason: null, ...choice }
  return { ...head, object: 'chat.completion.chunk', choices: [whole] }
}

/** OpenAI has no word for an answer that the time cut: to its clients it is cut, as by a number of tokens. */
const reasonOf = ({ reason }: Finish) => (reason === 'stop' ? 'stop' : 'length')

function usageOf({ usage }: Finish): Completion['usage'] {
  if (!usage) return undefined
  const { promptTokens, generatedTokens } = usage
  return {
    prompt_tokens: promptTokens,
    completion_tokens: generatedTokens,
    total_tokens: promptTokens + generatedTokens,
  }
}

function logprobsOf(tokens: readonly ChosenToken[]): Logprobs {
  if (tokens.length === 0) return null
  return { content: tokens.map((token) => ({ ...bytesOf(token), top_logprobs: token.top.map(bytesOf) })) }
}

/** A token that is a part of a character has bytes that nobody here knows. */
const bytesOf = ({ token, logprob }: TokenLogprob) => ({
  token,
  logprob,
  bytes: token.includes('\uFFFD') ? null : [...new TextEncoder().encode(token)],
})
