import type * as v from 'valibot'
import { invalid } from '../errors.ts'
import type { GenerateOptions } from '../models/generate/generator.ts'
import type { Message } from '../models/generate/prompt.ts'
import { chatRequest } from './chat-schemas.ts'
import type { Call } from './route.ts'
import { validateTolerantly } from './validate.ts'

/** What a body of `POST /v1/chat/completions` asks for. */
interface ChatPlan {
  readonly model: string
  readonly messages: readonly Message[]
  readonly options: GenerateOptions
  readonly stream: boolean
  /** Whether the last event of a stream says what was used. */
  readonly includeUsage: boolean
}

type Body = v.InferOutput<typeof chatRequest>

/**
 * Reads a body of `POST /v1/chat/completions`.
 *
 * @param defaultTokens of an answer, where the caller names no number
 * @param addHeader hears of fields that are not served and change nothing of weight: {@link validateTolerantly}
 * @throws AppError `invalid_request` that names the first wrong field
 */
export function planOfChat(value: unknown, defaultTokens: number, addHeader: Call['addHeader']): ChatPlan {
  const body = validateTolerantly(chatRequest, value, { addHeader })
  if (body.stream_options && !body.stream) {
    throw invalid(
      'stream_options',
      'The field stream_options is for streams; set stream to true, or remove it.',
    )
  }
  return {
    model: body.model,
    messages: body.messages.map(toMessage),
    options: optionsOf(body, defaultTokens),
    stream: body.stream,
    includeUsage: body.stream_options?.include_usage ?? false,
  }
}

function toMessage({ role, content }: Body['messages'][number]): Message {
  return {
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  }
}

function optionsOf(body: Body, defaultTokens: number): GenerateOptions {
  const { temperature, top_p: topP, seed, stop } = body
  const schema = schemaOf(body)
  const topLogprobs = topLogprobsOf(body)
  return {
    maxTokens: tokensOf(body) ?? defaultTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(seed !== undefined && { seed }),
    ...(stop !== undefined && { stop: typeof stop === 'string' ? [stop] : stop }),
    ...(schema && { schema }),
    ...(topLogprobs !== undefined && { topLogprobs }),
  }
}

function tokensOf({ max_tokens: older, max_completion_tokens: newer }: Body): number | undefined {
  if (older === undefined || newer === undefined || older === newer) return newer ?? older
  throw invalid(
    'max_tokens',
    `The field max_tokens is ${older} and max_completion_tokens is ${newer}; send one of them.`,
  )
}

function topLogprobsOf({ logprobs, top_logprobs: top }: Body): number | undefined {
  if (top !== undefined && !logprobs) {
    throw invalid(
      'top_logprobs',
      'The field top_logprobs needs logprobs; set that to true, or remove this one.',
    )
  }
  return logprobs ? (top ?? 0) : undefined
}

function schemaOf({ response_format: format }: Body): GenerateOptions['schema'] {
  if (!format || format.type === 'text') return undefined
  return format.type === 'json_object' ? { type: 'object' } : format.json_schema.schema
}
