import { AppError } from '../../errors.ts'
import { isRecord } from '../../is-record.ts'
import type { ChosenToken, Finish, GenerateOptions, TokenLogprob } from './generator.ts'
import type { Message } from './prompt.ts'

/** The body of a request to an OpenAI-compatible server, whose answer is streamed. */
export function bodyOf(model: string, messages: readonly Message[], options: GenerateOptions): object {
  const { maxTokens, temperature, topP, seed, stop, schema, topLogprobs } = options
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    max_tokens: maxTokens,
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(seed !== undefined && { seed }),
    ...(stop !== undefined && { stop }),
    ...(schema && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
    }),
    ...(topLogprobs !== undefined && { logprobs: true, top_logprobs: topLogprobs }),
  }
}

/** What one event of the stream says. */
interface Delta {
  readonly text: string
  readonly logprobs?: readonly ChosenToken[]
  readonly reason?: 'stop' | 'length'
  readonly usage?: NonNullable<Finish['usage']>
}

/**
 * Reads the data of one event.
 *
 * @throws AppError `upstream_failed` for what is no event of an answer, or an error that the server sends in its midst
 */
export function readDelta(data: string): Delta {
  const event = parse(data)
  if (!isRecord(event)) throw unreadable('sent an event that is no object')
  if (event.error !== undefined) throw unreadable('ended its answer with an error')
  const [choice] = Array.isArray(event.choices) ? event.choices : []
  const { delta, finish_reason: reason, logprobs } = isRecord(choice) ? choice : {}
  const text = isRecord(delta) && typeof delta.content === 'string' ? delta.content : ''
  const tokens =
    isRecord(logprobs) && Array.isArray(logprobs.content) ? logprobs.content.flatMap(tokenOf) : []
  const usage = usageOf(event.usage)
  return {
    text,
    ...(tokens.length > 0 && { logprobs: tokens }),
    ...(typeof reason === 'string' && { reason: reason === 'length' ? 'length' : 'stop' }),
    ...(usage && { usage }),
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    throw unreadable('sent an event that is no JSON')
  }
}

function tokenOf(value: unknown): ChosenToken[] {
  const top =
    isRecord(value) && Array.isArray(value.top_logprobs) ? value.top_logprobs.flatMap(logprobOf) : []
  return logprobOf(value).map((token) => ({ ...token, top }))
}

function logprobOf(value: unknown): TokenLogprob[] {
  if (!isRecord(value) || typeof value.token !== 'string' || !Number.isFinite(value.logprob)) return []
  // A chance above one is none; a sum of such would be no number.
  return [{ token: value.token, logprob: Math.min(0, Number(value.logprob)) }]
}

function usageOf(value: unknown): Finish['usage'] {
  if (!isRecord(value)) return undefined
  const { prompt_tokens: promptTokens, completion_tokens: generatedTokens } = value
  if (typeof promptTokens !== 'number' || typeof generatedTokens !== 'number') return undefined
  return { promptTokens, generatedTokens }
}

/** The error of an answer that cannot be used. */
export function unreadable(what: string, cause?: unknown): AppError {
  return new AppError('upstream_failed', `The server of the model ${what}; try again later.`, { cause })
}
