import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Context as LambdaContext } from 'aws-lambda'
import type { MetricsWriter } from '../emf.ts'
import type { HttpApp } from '../http/app.ts'
import { type HttpEvent, isHttpEvent } from './event.ts'
import { addWait, contextOf, fetchFor, waitOf } from './invocation.ts'

/** What Lambda calls with each event and the stream that its answer goes to. */
export type StreamingHandler = (
  event: unknown,
  stream: Writable,
  lambda?: Partial<LambdaContext>,
) => Promise<void>

/** What Lambda's Node runtime offers to functions that stream, as the global `awslambda`. */
export interface LambdaStreaming {
  /** Makes of a handler that takes a stream what the runtime calls as such. */
  streamifyResponse(handler: StreamingHandler): unknown
  readonly HttpResponseStream: {
    /** A stream that sends status and headers before the first byte of the body, which may be empty. */
    from(
      stream: Writable,
      head: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> },
    ): Writable
  }
}

/** What a streaming handler is made of. */
interface StreamingParts {
  readonly http: HttpApp
  /** Answers what is no HTTP event, such as a direct invocation. */
  readonly direct: (event: unknown, lambda: Partial<LambdaContext>) => Promise<unknown>
  readonly writeMetrics: MetricsWriter
}

/**
 * Serves the events of a function URL in the mode RESPONSE_STREAM, each answer as it is made. When the stream closes before
 * its end, because its reader has gone, the work ends; AWS says that it does not always hear of that, and then the deadline
 * ends it. What is no HTTP event is answered whole, as JSON.
 */
export function createStreamingHandler(lambda: LambdaStreaming, parts: StreamingParts): unknown {
  return lambda.streamifyResponse(async (event, stream, invocation = {}) => {
    if (!isHttpEvent(event)) {
      stream.end(JSON.stringify(await parts.direct(event, invocation)))
      return
    }
    const left = new AbortController()
    const leave = () => {
      if (!stream.writableEnded) left.abort()
    }
    stream.once('close', leave)
    stream.once('error', leave)
    const context = contextOf(event, invocation, left.signal)
    const waitedMs = waitOf(event)
    try {
      await send(event, stream, { lambda, http: parts.http, context })
    } finally {
      addWait(context, waitedMs)
      parts.writeMetrics(context)
    }
  })
}

async function send(
  event: HttpEvent,
  stream: Writable,
  given: {
    readonly lambda: LambdaStreaming
    readonly http: HttpApp
    readonly context: ReturnType<typeof contextOf>
  },
): Promise<void> {
  const { lambda, http, context } = given
  const { response } = await fetchFor(event, context, http)
  const { signal } = context
  if (signal.aborted) return void response.body?.cancel()
  const head = { statusCode: response.status, headers: Object.fromEntries(response.headers) }
  const answer = lambda.HttpResponseStream.from(stream, head)
  // The head goes out with the first write, so that a body of nothing needs one as well.
  answer.write('')
  if (response.body) await pump(response.body, answer, signal)
  if (!signal.aborted) answer.end()
}

/** Hands bytes on as fast as they are taken, until they end or their reader has gone. */
async function pump(body: ReadableStream<Uint8Array>, to: Writable, signal: AbortSignal): Promise<void> {
  const reader = body.getReader()
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    for (let next = await reader.read(); !next.done && !signal.aborted; next = await reader.read()) {
      // A reader that has gone shows by the signal.
      if (!to.write(next.value)) await once(to, 'drain', { signal }).catch(() => undefined)
    }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
