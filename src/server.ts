import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { App } from './app.ts'
import { AppError, toAppError } from './errors.ts'
import type { HttpApp } from './http/app.ts'
import { createRefusalPace } from './http/busy.ts'
import { RouteError } from './http/errors.ts'
import { type Asked, contextOf } from './http/request-context.ts'
import { createDropLog } from './log.ts'
import type { PageFiles } from './page-files.ts'
import { leaveSeconds, type ServerSettings } from './server-settings.ts'
import { bodyOf } from './serving/body.ts'
import { answerBrokenRequests } from './serving/broken-requests.ts'
import { type Connections, createConnections } from './serving/connections.ts'
import { type Observer, tellRefusal, type Watched, watchExchange } from './serving/exchange.ts'
import { listen, urlOf } from './serving/listen.ts'
import { askedBy, hasPlainHost, sendReply } from './serving/plain.ts'
import { startWatching } from './serving/watching.ts'
import { within } from './serving/within.ts'

/** A server that listens. */
export interface RunningServer {
  /** `http://host:port`, with the port that was chosen. */
  readonly url: string
  /** Where metrics are, if they are served. */
  readonly metricsUrl: string | undefined
  /** How many connections there are. */
  connections(): number
  /**
   * Serves on for `drainSeconds`, while `/ready` says that no requests should come; takes no more connections then,
   * lets running requests finish, and releases everything. What has no answer when the grace is nearly over gets an
   * error instead.
   *
   * @returns whether everything came to an end; otherwise the process has to be ended, too
   */
  stop(drainSeconds?: number): Promise<boolean>
}

/** Where a server listens and what it allows. */
type ServerOptions = ServerSettings & {
  readonly host: string
  readonly port: number
  /** The page at `/`, where it is built. */
  readonly page?: PageFiles
}

/**
 * Serves an app on a port of this machine.
 *
 * @throws AppError `invalid_request` when the address cannot be had
 */
export async function startServer(app: App, options: ServerOptions): Promise<RunningServer> {
  const { host, port, keepAliveSeconds, headerSeconds, bodySeconds } = options
  const server = createServer({
    // Node answers a request without a host by itself, with an empty body.
    requireHostHeader: false,
    keepAliveTimeout: keepAliveSeconds * 1000,
    headersTimeout: headerSeconds * 1000,
    requestTimeout: (headerSeconds + bodySeconds) * 1000,
    connectionsCheckingInterval: 1000,
  })
  const connections = createConnections(server, options, createDropLog())
  const watching = await startWatching({
    ...options,
    metricsHost: options.metricsHost ?? host,
    engine: app.engine,
    answers: app.generators?.inProgress,
    connections: connections.count,
    ready: () => app.unready() === undefined,
  })
  const { observers } = watching
  answerBrokenRequests(server, app.http, options, connections.isAnswering, (socket, status) =>
    tellRefusal(socket, status, observers),
  )
  const listener = createListener(app, connections, options, observers)
  server.on('request', listener).on('checkExpectation', listener)
  // Node loads its web classes with their first use: 20 ms that the first caller need not wait for.
  new Response()
  await listen(server, host, port)
  const { port: chosen } = server.address() as AddressInfo
  return {
    url: urlOf(host, chosen),
    metricsUrl: watching.metricsUrl,
    connections: connections.count,
    async stop(drainSeconds = 0) {
      const leaveMs = leaveSeconds(options.graceSeconds) * 1000
      const leaveAt = performance.now() + options.graceSeconds * 1000 - leaveMs
      app.drain()
      if (drainSeconds > 0) await new Promise((resolve) => setTimeout(resolve, drainSeconds * 1000))
      const closed = connections.close(Math.min(drainSeconds * 1000, LINGER_MS))
      const isClosed = await finish(server, connections, closed, {
        leftMs: leaveAt - performance.now(),
        lastMs: leaveMs / 2,
      })
      const leftMs = Math.max(leaveMs / 2, leaveAt - performance.now())
      const isOver = (await within(leftMs, app.close())) && isClosed
      watching.stop()
      return isOver
    },
  }
}

/** Longest that a kept connection waits for one more request, whose answer tells its client to go elsewhere. */
const LINGER_MS = 1000

/**
 * Waits until every connection is `closed`. Requests that have no answer after `leftMs` get an error, which has `lastMs`
 * to get out.
 */
async function finish(
  server: Server,
  connections: Connections,
  closed: Promise<void>,
  { leftMs, lastMs }: { readonly leftMs: number; readonly lastMs: number },
): Promise<boolean> {
  if (await within(leftMs, closed)) return true
  const count = connections.giveUp(leaving())
  const message = `The grace is nearly over: ${count} requests get an error instead of their answer.`
  console.error(JSON.stringify({ level: 'error', message }))
  const isClosed = await within(lastMs, closed)
  server.closeAllConnections()
  return isClosed
}

function leaving(): AppError {
  return new AppError(
    'overloaded',
    'The server was asked to stop and had no time left for this request; send it again, and another server answers it.',
  )
}

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/** What is wrong with the head of a request is answered here, as every other error is. */
function createListener(
  { http }: App,
  connections: Connections,
  { maxConnections, page }: Pick<ServerOptions, 'maxConnections' | 'page'>,
  observers: readonly Observer[],
): Listener {
  const watched = new WeakMap<ServerResponse, Watched>()
  const settingOf = (asked: Asked, incoming: IncomingMessage, outgoing: ServerResponse) => {
    const context = contextOf(asked, connections.signalOf(outgoing))
    const seen = watched.get(outgoing)
    if (seen) seen.context = context
    const visit = Object.assign(seen?.visit ?? {}, bodyOf(incoming))
    return { context, peer: incoming.socket.remoteAddress, visit }
  }
  const serve = getRequestListener(
    (request, { incoming, outgoing }) => {
      const { context, peer, visit } = settingOf(
        request,
        incoming as IncomingMessage,
        outgoing as ServerResponse,
      )
      return http.fetch(request, context, peer, visit)
    },
    {
      errorHandler: (cause) =>
        http.refuse(cause instanceof RequestError ? badHead(cause) : toAppError(cause)),
    },
  )
  const refuseHosts = refuseWith(http, () => badHead(new Error('Several Host headers')))
  const refuseExpectation = refuseWith(http, unknownExpectation)
  const refuseConnection = refuseWith(http, () => tooManyConnections(maxConnections))
  const pace = createRefusalPace()
  return (incoming, outgoing) => {
    connections.began(incoming, outgoing)
    const { method = '', headers } = incoming
    const url = targetOf(incoming)
    incoming.url = url
    const seen = observers.length > 0 ? watchExchange(incoming, outgoing, observers) : undefined
    if (seen) watched.set(outgoing, seen)
    // Probes of load balancers often have no host: HTTP/1.0 asks for none.
    if (incoming.httpVersion === '1.0') headers.host ??= 'localhost'
    if (!/^(100-continue)?$/i.test(headers.expect ?? '')) return void refuseExpectation(incoming, outgoing)
    if (hostsOf(incoming) > 1) return void refuseHosts(incoming, outgoing)
    if (connections.isBeyond(incoming.socket) && !http.isOpen(url)) {
      return void refuseConnection(incoming, outgoing)
    }
    if (page?.send(incoming, outgoing)) return
    const asked = askedBy(incoming)
    const busy = http.busy(asked)
    const plain = busy || !hasPlainHost(incoming) ? undefined : http.plain(method, url)
    if (plain) {
      const setting = settingOf(asked, incoming, outgoing)
      return void plain(asked, setting).then((reply) => sendReply(outgoing, reply))
    }
    if (!busy) return void serve(incoming, outgoing)
    if (seen) seen.context = busy.context
    if (seen) seen.visit.route = busy.route
    setTimeout(() => sendReply(outgoing, busy), pace())
  }
}

/** Answers whatever is asked with an error. */
function refuseWith(http: HttpApp, error: () => AppError): Listener {
  return getRequestListener(() => http.refuse(error()), { overrideGlobalObjects: false, hostname: 'refused' })
}

/** The path and query that are asked for. Proxies send whole addresses, and servers have to know them (RFC 9112, 3.2.2). */
function targetOf({ url = '' }: IncomingMessage): string {
  return url.replace(/^https?:\/\/[^/?#]+/i, '').replace(/^(?=[?#]|$)/, '/')
}

/** How many Host headers there are: Node keeps the first, a proxy in front may have kept the last. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length
}

function badHead(cause: Error): AppError {
  return new AppError(
    'invalid_request',
    `The request cannot be read: ${cause.message.slice(0, 100)}; send one Host header and a path that begins with a slash.`,
    { cause },
  )
}

function unknownExpectation(): RouteError {
  return new RouteError(
    417,
    'The header Expect asks for what the server does not know; expected 100-continue; leave it out.',
  )
}

function tooManyConnections(most: number): AppError {
  return new AppError(
    'overloaded',
    `The server has ${most} connections already; close idle ones, try again later, or raise MAX_CONNECTIONS.`,
  )
}

/** A line for a terminal: where the server is, and how to try it; a second one for its metrics, if there are any. */
export function describeServer({ url, metricsUrl }: Pick<RunningServer, 'url' | 'metricsUrl'>): string {
  const line = `Listening on ${url} · try: curl ${url}/embed -H 'content-type: application/json' -d '{"input": "data engineer"}'`
  return metricsUrl === undefined ? line : `${line}\nMetrics on ${metricsUrl}`
}
