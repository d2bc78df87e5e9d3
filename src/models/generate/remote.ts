import { type Context, linkContext, outOfTime } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Finish, GenerateOptions, Generator, Piece } from './generator.ts'
import type { Message } from './prompt.ts'
import { completionsAddress } from './remote-address.ts'
import { bodyOf, readDelta, unreadable } from './remote-body.ts'
import { remoteRefusal } from './remote-refusal.ts'
import { readEvents } from './server-events.ts'

/** Where a model is that others serve. */
interface RemoteParts {
  /** The id in the catalog. */
  readonly model: string
  /** What the server calls it. */
  readonly remoteModel: string
  /** `https://host/v1`, for instance of Bedrock or of a server of one's own. */
  readonly endpoint: string
  /** Hosts that may be asked. */
  readonly allow: readonly string[]
  /** Sent to that host alone, and part of no message. */
  readonly key?: string | undefined
  readonly contextTokens: number
}

/** An answer of 4,096 tokens with 20 alternatives each has 8 MB. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024
const LAST_EVENT = '[DONE]'
/** Pages of a portal, and servers that pass over `stream`. */
const NO_EVENTS = /^(?:text\/html|application\/json)\b/i

/**
 * A model behind any server that speaks as OpenAI's does. Redirects are not followed: the key and the texts go to the
 * host that was allowed.
 *
 * @throws AppError `invalid_request` for an endpoint that may not be asked
 */
export function createRemoteGenerator(parts: RemoteParts): Generator {
  const url = completionsAddress(parts.endpoint, parts.allow)
  return {
    model: parts.model,
    contextTokens: parts.contextTokens,
    async *generate(messages, options, context) {
      const linked = linkContext(context)
      const { signal } = linked.context
      let began = false
      try {
        for await (const piece of ask(url, parts, messages, options, signal)) {
          began ||= piece.kind === 'text'
          yield piece
        }
      } catch (cause) {
        // In the middle of an answer the deadline ends it; a caller who has gone gets nothing.
        if (began && signal.aborted && !hasLeft(context)) yield { kind: 'finish', reason: 'deadline' }
        else throw failureOf(cause, signal, context)
      } finally {
        linked.unlink()
      }
    },
    close: async () => {},
  }
}

/** A context's signal may abort for either cause. */
const hasLeft = ({ signal, deadline }: Context) => signal.aborted && Date.now() < deadline

function failureOf(cause: unknown, signal: AbortSignal, context: Context): AppError {
  if (signal.aborted) return outOfTime(context)
  return cause instanceof AppError ? cause : unreadable('could not be reached, or broke off', cause)
}

async function* ask(
  url: URL,
  { remoteModel, key }: RemoteParts,
  messages: readonly Message[],
  options: GenerateOptions,
  signal: AbortSignal,
): AsyncGenerator<Piece | Finish> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'user-agent': 'serverless-embeddings',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(bodyOf(remoteModel, messages, options)),
    redirect: 'manual',
    signal,
  })
  if (response.status !== 200 || !response.body) {
    throw await remoteRefusal(
      response,
      key,
      messages.map(({ content }) => content),
    )
  }
  if (NO_EVENTS.test(response.headers.get('content-type') ?? '')) {
    await response.body.cancel()
    throw unreadable('answered with a page or a whole answer, and no stream of events')
  }
  let end: Finish | undefined
  for await (const data of readEvents(response.body, MOST_ANSWER_BYTES)) {
    if (data === LAST_EVENT) break
    const { text, logprobs, reason, usage } = readDelta(data)
    if (text !== '') yield { kind: 'text', text, ...(logprobs && { logprobs }) }
    // What was used comes with the reason, or in an event of its own behind it.
    const known = reason ?? end?.reason
    if (known)
      end = {
        kind: 'finish',
        reason: known,
        ...(end?.usage && { usage: end.usage }),
        ...(usage && { usage }),
      }
  }
  if (!end) throw unreadable('ended its answer without saying why')
  yield end
}
