import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { isStream, type Reply } from '../http/answer.ts'
import type { Asked } from '../http/request-context.ts'

/** Hosts that @hono/node-server takes as they are; of any other it finds out whether it is one. */
const PLAIN_HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/

/** Whether a request's Host is so plain that nobody need look whether it is one. */
export function hasPlainHost({ headers: { host } }: IncomingMessage): boolean {
  return host !== undefined && PLAIN_HOST.test(host)
}

/** What routes read of a request, without the web's classes; its body comes from elsewhere. */
export function askedBy({ method = '', url = '', rawHeaders }: IncomingMessage): Asked {
  return { method, url, headers: { get: (name) => headerOf(rawHeaders, name.toLowerCase()) } }
}

/** Several headers of one name count as one with a list, as in the web's: Node keeps the first of most. */
function headerOf(rawHeaders: readonly string[], wanted: string): string | null {
  let value: string | null = null
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (name.length !== wanted.length || name.toLowerCase() !== wanted) continue
    value = value === null ? rawHeaders[at + 1]! : `${value}, ${rawHeaders[at + 1]}`
  }
  return value
}

/** How long a client may go on sending what nobody reads, once its answer is out. */
const REST_MS = 500

/** Sends a reply; nothing of the request need have been read. */
export function sendReply(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  const { req: incoming } = outgoing
  if (!incoming.complete) {
    // Behind a rest that is never taken, the next request of the connection would never be seen.
    incoming.resume()
    const leave = () => incoming.complete || incoming.socket.destroySoon()
    outgoing.once('finish', () => setTimeout(leave, REST_MS).unref())
  }
  if (isStream(body)) {
    outgoing.writeHead(status, headers).flushHeaders()
    // Whoever leaves early ends the stream; there is nobody left to tell of it.
    pipeline(Readable.fromWeb(body), outgoing, () => {})
    return
  }
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  outgoing.end(body)
}
