import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
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
  /** Every answer from now on is the last of its connection. */
  retire(): void
  /** Takes no more connections, closes idle ones, and resolves once the others have got their answers. */
  close(): Promise<void>
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
  let retiring = false
  server.maxConnections = most + SPARE
  server.on('drop', dropped)
  server.on('connection', (socket) => {
    if (open.size >= most) beyond.add(socket)
    open.add(socket)
    silent.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      silent.delete(socket)
    })
  })
  return {
    count: () => open.size,
    isBeyond: (socket) => beyond.has(socket),
    began({ socket }, outgoing) {
      silent.delete(socket)
      if (retiring || beyond.has(socket)) outgoing.shouldKeepAlive = false
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
    isAnswering: (socket) =>
      [...answers.keys()].some((outgoing) => outgoing.socket === socket && outgoing.headersSent),
    retire() {
      retiring = true
      for (const outgoing of answers.keys()) if (!outgoing.headersSent) outgoing.shouldKeepAlive = false
    },
    close: () =>
      new Promise((resolve) => {
        // A connection whose last answer is on its way would be kept for a minute otherwise.
        server.keepAliveTimeout = 1
        // Closes idle connections, too.
        server.close(() => resolve())
        for (const socket of silent) socket.destroy()
      }),
    giveUp(reason) {
      const count = answers.size
      for (const controller of answers.values()) controller.abort(reason)
      return count
    },
  }
}
