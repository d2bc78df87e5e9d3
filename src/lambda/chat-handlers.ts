import type { MetricsWriter } from '../emf.ts'
import { AppError } from '../errors.ts'
import type { HttpApp } from '../http/app.ts'
import { isRecord } from '../is-record.ts'
import { createLambdaHandler } from './handler.ts'
import { createStreamingHandler, type LambdaStreaming } from './streaming.ts'

/** What the handlers of a door of chats are made of. */
interface ChatHandlerParts {
  readonly http: HttpApp
  readonly writeMetrics: MetricsWriter
  /** The runtime's own means to stream; absent outside of Lambda. */
  readonly lambda: LambdaStreaming | undefined
}

/** Two handlers over one app: which of them Lambda calls, the deployment says. */
interface ChatHandlers {
  /** Of an HTTP API and of direct invocations: each answer whole, one that streams as all of its events at once. */
  readonly handler: ReturnType<typeof createLambdaHandler>
  /** Of a function URL in the mode RESPONSE_STREAM; absent outside of Lambda. */
  readonly streaming: unknown
}

/** Handlers whose direct invocations are conversations, as in the body of `POST /v1/chat/completions`. */
export function createChatHandlers({ http, writeMetrics, lambda }: ChatHandlerParts): ChatHandlers {
  const parts = { http: withWholeInvocations(http), directRoute: '/v1/chat/completions', writeMetrics }
  const handler = createLambdaHandler(parts)
  const streaming = lambda && createStreamingHandler(lambda, { http, direct: handler, writeMetrics })
  return { handler, streaming }
}

/** A direct invocation is answered with data, which a stream is not. */
function withWholeInvocations(http: HttpApp): HttpApp {
  return {
    ...http,
    async invoke(path, body, context) {
      if (isRecord(body) && body.stream === true) {
        throw new AppError(
          'invalid_request',
          'The field stream is true; a direct invocation has its whole answer at once: leave it out, or call the URL of the function.',
          { details: { field: 'stream' } },
        )
      }
      return http.invoke(path, body, context)
    },
  }
}
