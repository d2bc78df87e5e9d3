import { type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { HttpApp } from '../http/app.ts'
import { RouteError } from '../http/errors.ts'

/** How long a request may take to arrive. */
interface Limits {
  readonly headerSeconds: number
  readonly bodySeconds: number
}

/** How long a client has to read the answer: closing at once would reset what it has not read. */
const LINGER_MS = 1000

/** Codes of a client that left within its request, which is no error. */
const LEFT = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE'])

/**
 * Answers what is no request, or none in time, with an error as every other one: Node would send a bare status. The
 * connection is closed then, for nobody knows where the next request would begin.
 *
 * @param isAnswered whether an answer is on its way over the connection, which another one would break
 * @param refused hears of the status that a connection was given
 */
export function answerBrokenRequests(
  server: Server,
  http: Pick<HttpApp, 'refuse'>,
  limits: Limits,
  isAnswered: (socket: Duplex) => boolean,
  refused: (socket: Duplex, status: number) => void,
): void {
  const refuse = (socket: Duplex, error: RouteError) => {
    refused(socket, error.status)
    void send(socket, http.refuse(error))
  }
  server.on('clientError', (cause: Error & { readonly code?: string }, socket: Socket) => {
    // Browsers and proxies connect ahead of need: an answer to nothing would be taken for that of their first request.
    const isUnused = socket.bytesRead === 0
    if (isUnused || !socket.writable || LEFT.has(cause.code ?? '') || isAnswered(socket)) {
      return void socket.destroy()
    }
    refuse(socket, errorOf(cause, limits))
  })
  // Node takes its own listeners off such a connection: without one, a client that resets it would end the process.
  server.on('connect', (_, socket: Duplex) =>
    refuse(
      socket.on('error', () => {}),
      noProxy(),
    ),
  )
}

function errorOf(
  cause: Error & { readonly code?: string },
  { headerSeconds, bodySeconds }: Limits,
): RouteError {
  if (cause.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new RouteError(
      408,
      `The request did not arrive in time; expected its head within ${headerSeconds} s and its body within ${bodySeconds} s of that; send it faster or in parts, or raise HEADER_SECONDS or BODY_SECONDS.`,
    )
  }
  if (cause.code === 'HPE_HEADER_OVERFLOW') {
    return new RouteError(431, 'The head of the request has more than 16 KiB; send fewer or shorter headers.')
  }
  return new RouteError(
    400,
    `The request cannot be read: ${cause.message.slice(0, 100)}; send HTTP/1.1 as RFC 9112 has it.`,
  )
}

function noProxy(): RouteError {
  return new RouteError(
    405,
    'The server is no proxy, and answers no CONNECT; send requests to its own routes.',
    {
      allow: 'GET, POST, DELETE',
    },
  )
}

async function send(socket: Duplex, response: Response): Promise<void> {
  const body = await response.text()
  const headers = {
    ...Object.fromEntries(response.headers),
    connection: 'close',
    'content-length': Buffer.byteLength(body),
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}\r\n${head.join('')}\r\n${body}`)
  // A client that never closes its end would hold its place among MAX_CONNECTIONS for ever.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}
