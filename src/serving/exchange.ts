import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Context } from '../context.ts'
import { CLIENT_LEFT_STATUS } from '../http/errors.ts'
import type { Visit } from '../http/request-context.ts'
import type { Metrics } from '../metrics.ts'

/** One request and what became of it. */
export interface Exchange {
  /** Absent where the head could not be read. */
  readonly method: string | undefined
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

/** The request that is being read from each connection, and what it was refused with when the rest never came. */
const current = new WeakMap<Duplex, { status: number | undefined }>()
/** Bytes of each connection that are told already: answers of pipelined requests go out together. */
const told = new WeakMap<Duplex, number>()

/** Tells observers of a message that was refused and is no request, or not all of one. */
export function tellRefusal(socket: Duplex, status: number, observers: readonly Observer[]): void {
  const request = current.get(socket)
  if (request) request.status = status
  else {
    const nothing = { method: undefined, route: undefined, receivedBytes: undefined, caller: undefined }
    const exchange = {
      ...nothing,
      status,
      milliseconds: 0,
      sentBytes: 0,
      requestId: undefined,
      metrics: undefined,
    }
    for (const observe of observers) observe(exchange)
  }
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
  const unanswered: { status: number | undefined } = { status: undefined }
  current.set(socket, unanswered)
  outgoing.once('close', () => {
    if (current.get(socket) === unanswered) current.delete(socket)
    const toldBefore = Math.max(sentBefore, told.get(socket) ?? 0)
    told.set(socket, socket.bytesWritten)
    const { visit, context } = watched
    const exchange: Exchange = {
      method,
      route: visit.route,
      status: outgoing.writableFinished ? outgoing.statusCode : (unanswered.status ?? CLIENT_LEFT_STATUS),
      milliseconds: performance.now() - start,
      sentBytes: socket.bytesWritten - toldBefore,
      receivedBytes: declared === undefined ? undefined : Number(declared),
      caller: visit.caller,
      requestId: context?.requestId,
      metrics: context?.metrics,
    }
    for (const observe of observers) observe(exchange)
  })
  return watched
}
