import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../context.ts'
import { CLIENT_LEFT_STATUS } from '../http/errors.ts'
import type { Visit } from '../http/request-context.ts'
import type { Metrics } from '../metrics.ts'

/** One request and what became of it. */
export interface Exchange {
  readonly method: string
  /** As it is documented; absent where there is none. */
  readonly route: string | undefined
  /** 499 when the client left before it had its answer. */
  readonly status: number
  /** From the end of the request's head until the answer was out. */
  readonly milliseconds: number
  /** Bytes of the answer with its head, as they were given to the network. */
  readonly sentBytes: number
  /** Bytes of the request's body, where its head says so. */
  readonly receivedBytes: number | undefined
  /** The name of the token that it came with. */
  readonly caller: string | undefined
  /** Absent where nothing of the request was read. */
  readonly requestId: string | undefined
  readonly metrics: Metrics | undefined
}

/** Hears of each exchange at its end. */
export type Observer = (exchange: Exchange) => void

/** What is known of a request in the course of its exchange. */
export interface Watched {
  readonly visit: Visit
  context?: Context
}

/** Tells observers of an exchange once its answer is out or its client has gone. */
export function watchExchange(
  { method = '', headers, socket }: IncomingMessage,
  outgoing: ServerResponse,
  observers: readonly Observer[],
): Watched {
  const watched: Watched = { visit: {} }
  const start = performance.now()
  const sentBefore = socket.bytesWritten
  const declared = headers['content-length']
  outgoing.once('close', () => {
    const { visit, context } = watched
    const exchange: Exchange = {
      method,
      route: visit.route,
      status: outgoing.writableFinished ? outgoing.statusCode : CLIENT_LEFT_STATUS,
      milliseconds: performance.now() - start,
      sentBytes: socket.bytesWritten - sentBefore,
      receivedBytes: declared === undefined ? undefined : Number(declared),
      caller: visit.caller,
      requestId: context?.requestId,
      metrics: context?.metrics,
    }
    for (const observe of observers) observe(exchange)
  })
  return watched
}
