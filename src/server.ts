import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { App } from './app.ts'
import { AppError, toAppError } from './errors.ts'
import { createRefusalPace, type PlainAnswer } from './http/busy.ts'

/** A server that listens. */
export interface RunningServer {
  /** `http://host:port`, with the port that was chosen. */
  readonly url: string
  /** Takes no more connections, lets running requests finish for a while, then releases everything. */
  stop(): Promise<void>
}

/** Kubernetes kills a process 30 s after it has asked it to stop. */
const GRACE_MS = 25_000

/**
 * Serves an app on a port of this machine.
 *
 * @throws AppError `invalid_request` when the address cannot be had
 */
export async function startServer(
  app: App,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<RunningServer> {
  const server = createHttpServer(app)
  const silent = watchSilent(server)
  // Node loads its web classes with their first use: 20 ms that the first caller need not wait for.
  new Response()
  await listen(server, host, port)
  const { port: chosen } = server.address() as AddressInfo
  return {
    url: urlOf(host, chosen),
    async stop() {
      app.drain()
      await closeServer(server, silent)
      await app.close()
    },
  }
}

/** What is wrong with the head of a request is answered here, as every other error is. */
function createHttpServer({ http }: App): Server {
  const fetchFrom = ({ socket }: Pick<IncomingMessage, 'socket'>, request: Request) =>
    http.fetch(request, undefined, socket.remoteAddress)
  const serve = getRequestListener((request, { incoming }) => fetchFrom(incoming, request), {
    overrideGlobalObjects: false,
    errorHandler: (cause) => http.refuse(cause instanceof RequestError ? badHead(cause) : toAppError(cause)),
  })
  const refuse = getRequestListener(() => http.refuse(badHead(new Error('Several Host headers'))), {
    overrideGlobalObjects: false,
    hostname: 'refused',
  })
  const pace = createRefusalPace()
  // Node answers a request without a host by itself, with an empty body.
  return createServer({ requireHostHeader: false }, (incoming, outgoing) => {
    if (hostsOf(incoming) > 1) return void refuse(incoming, outgoing)
    const busy = http.busy(incoming.method ?? '', incoming.url ?? '')
    if (!busy) return void serve(incoming, outgoing)
    setTimeout(() => sendPlain(outgoing, busy), pace())
  })
}

/** The body need not be read: Node skips what was left of it before the next request. */
function sendPlain(outgoing: ServerResponse, { status, headers, body }: PlainAnswer): void {
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  outgoing.end(body)
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

/** The address of a server; IPv6 hosts stand in brackets. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** One line for a terminal: where the server is, and how to try it. */
export function describeServer(url: string): string {
  return `Listening on ${url} · try: curl ${url}/embed -H 'content-type: application/json' -d '{"input": "data engineer"}'`
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `The server cannot listen on ${host}, port ${port}: ${cause.message}; choose others with HOST and PORT.`
      reject(new AppError('invalid_request', message, { cause }))
    })
    server.listen(port, host, resolve)
  })
}

/** Connections that have not asked anything yet; Node's server waits for their first request even when it closes. */
function watchSilent(server: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>()
  server.on('connection', (socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.on('request', ({ socket }) => silent.delete(socket))
  return silent
}

function closeServer(server: Server, silent: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), GRACE_MS)
    // A connection whose last answer is out would be kept for seconds otherwise.
    server.keepAliveTimeout = 1
    server.close(() => {
      clearTimeout(force)
      resolve()
    })
    for (const socket of silent) socket.destroy()
  })
}
