import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AppError } from '../errors.ts'

/** The connections of a server, of which there are at most so many, and the answers that they wait for. */
export interface Connections {
  count(): number
  /** Whether the connection came when there were too many: it gets one answer. */
  isBeyond(socket: Socket): boolean
  /** Takes note of an answer that has to be given. */
  began(incoming: IncomingMessage, outgoing: ServerResponse): void
  /** Aborts when nobody waits for the answer any more, or by `giveUp`. */
  signalOf(outgoing: ServerResponse): AbortSignal | undefined
  /** Whether an answer is on its way over the connection, which another one would break. */
  isAnswering(socket: Duplex): boolean
  /**
   * Takes no more connections and makes every answer the last of its own; resolves once all are closed.
   *
   * @param lingerMs how long idle ones are kept, for requests that are on their way
   */
  close(lingerMs: number): Promise<void>
  /** Aborts, for this reason, what has no answer yet, and tells how many there were. */
  giveUp(reason: AppError): number
}

/** What bounds connections. */
interface ConnectionLimits {
  readonly maxConnections: number
  /** Longest that a client may leave its answer unread. */
  readonly bodySeconds: number
}

/** Connections beyond the limit that are taken in all the same, for a refusal in words and for probes of health. */
const SPARE = 64

/**
 * Keeps a server to `maxConnections`. One that comes beyond them is accepted, so that its caller reads why it is
 * refused and a probe of `/health` does not take a full server for a dead one; beyond the spare ones Node closes it.
 *
 * @param dropped hears of each connection that Node closed
 */
export function createConnections(
  server: Server,
  { maxConnections: most, bodySeconds }: ConnectionLimits,
  dropped: () => void,
): Connections {
  const open = new Set<Socket>()
  const beyond = new WeakSet<Socket>()
  /** Those that have not asked anything yet: Node waits for their first request even when it closes. */
  const silent = new Set<Socket>()
  const answers = new Map<ServerResponse, AbortController>()
  const answerOn = (socket: Duplex) => [...answers.keys()].find((outgoing) => outgoing.socket === socket)
  let retiring = false
  const retire = () => {
    retiring = true
    for (const outgoing of answers.keys()) if (!outgoing.headersSent) outgoing.shouldKeepAlive = false
  }
  server.maxConnections = most + SPARE
  server.on('drop', dropped)
  server.on('connection', (socket) => {
    if (open.size >= most) beyond.add(socket)
    open.add(socket)
    silent.add(socket)
    socket.once('end', () => findOut(answerOn(socket)))
    socket.once('close', () => {
      open.delete(socket)
      silent.delete(socket)
    })
  })
  return {
    count: () => open.size,
    isBeyond: (socket) => beyond.has(socket),
    began(incoming, outgoing) {
      const { socket } = incoming
      silent.delete(socket)
      if (retiring || beyond.has(socket) || hasDoubtfulEnd(incoming)) outgoing.shouldKeepAlive = false
      const controller = new AbortController()
      answers.set(outgoing, controller)
      // A client that reads no more would hold its answer in memory for ever. Node takes the limit away once it is out.
      outgoing.once('prefinish', () => socket.setTimeout(bodySeconds * 1000))
      outgoing.once('close', () => {
        answers.delete(outgoing)
        if (!outgoing.writableFinished) controller.abort()
      })
    },
    signalOf: (outgoing) => answers.get(outgoing)?.signal,
    isAnswering: (socket) => answerOn(socket)?.headersSent === true,
    async close(lingerMs) {
      // Connections that the system has accepted already would be reset; each turn takes in what has come.
      for (let turn = 0; turn < 3 && lingerMs > 0; turn++) await new Promise(setImmediate)
      retire()
      await closeServer(server, silent, lingerMs)
    },
    giveUp(reason) {
      const count = answers.size
      for (const controller of answers.values()) controller.abort(reason)
      return count
    },
  }
}

/** Before the first interim answer: most answers are out by then. Each further one comes after twice as long. */
const FIRST_LOOK_MS = 20

/**
 * Finds out whether a client who sends no more has left: `nc -N` and old libraries end their side behind a request and
 * wait. Interim answers, of which HTTP/1.1 allows any number, fail once the system of one who has left has refused the
 * first of them. Where none may be sent leaving is believed: nginx speaks HTTP/1.0 and says `close`, and of streams readers
 * leave early.
 */
function findOut(outgoing: ServerResponse | undefined, waitedMs = 0): void {
  if (!outgoing || outgoing.destroyed) return
  const { req, headersSent, chunkedEncoding, socket } = outgoing
  const isOld = req.httpVersion === '1.0'
  if (headersSent ? chunkedEncoding : isOld && req.headers.connection === 'close') return void socket?.end()
  if (headersSent || isOld) return
  if (waitedMs > 0) outgoing.writeContinue()
  const nextMs = waitedMs * 2 || FIRST_LOOK_MS
  setTimeout(findOut, nextMs, outgoing, nextMs).unref()
}

/** HTTP/1.0 has no chunks: a proxy in front may have seen another end, and another request behind it (RFC 9112, 6.1). */
function hasDoubtfulEnd({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.0' && headers['transfer-encoding'] !== undefined
}

/** Stops listening; connections on which nothing goes on are closed after `lingerMs`, `silent` ones among them. */
async function closeServer(server: Server, silent: ReadonlySet<Socket>, lingerMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    // An HTTP server would close idle connections at once, on which a request may be on its way.
    NetServer.prototype.close.call(server, () => resolve())
  })
  const timer = setTimeout(() => {
    // A connection whose last answer is on its way would be kept for a minute otherwise.
    server.keepAliveTimeout = 1
    server.closeIdleConnections()
    for (const socket of silent) socket.destroy()
  }, lingerMs)
  await closed
  clearTimeout(timer)
}
