import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a web server may do differently from a plain one. */
interface WebHabits {
  /** Answers 405 to HEAD. */
  readonly noHead?: boolean
  /** Answers requests for a range with the whole file. */
  readonly noRanges?: boolean
  /** Sends no Content-Length. */
  readonly noLength?: boolean
  /** Says that bytes are compressed, whatever was asked for. */
  readonly packed?: boolean
  /** Sends every request for `/models/…` on to `/moved/models/…`. */
  readonly moved?: boolean
  /** The status of what is not there. */
  readonly absent?: number
}

/** A web server with files below `/models/`, as a CDN or a mirror has them. */
interface WebServer {
  /** The address below which the files are. */
  readonly address: string
  /** `GET /models/a` and the like, with the range that was asked for. */
  readonly requests: readonly string[]
  put(key: string, body: Uint8Array): void
  close(): void
}

/** A server on a free port of this machine. */
export async function startWebServer(habits: WebHabits = {}): Promise<WebServer> {
  const files = new Map<string, Uint8Array>()
  const requests: string[] = []
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request
    requests.push([method, url, headers.range].filter(Boolean).join(' '))
    if (method === 'HEAD' && habits.noHead) return void response.writeHead(405).end()
    if (habits.moved && url.startsWith('/models/')) {
      return void response.writeHead(302, { location: `/moved${url}` }).end()
    }
    const body = files.get(decodeURIComponent(url.replace(/^(\/moved)?\/models\//, '')))
    if (!body) return void response.writeHead(habits.absent ?? 404).end()
    answer(body, request, response, habits)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/models`,
    requests,
    put: (key, body) => void files.set(key, body),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function answer(
  body: Uint8Array,
  { method, headers: { range } }: IncomingMessage,
  response: ServerResponse,
  { noRanges, noLength, packed }: WebHabits,
): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
  const whole = first === undefined || noRanges
  const [start, end] = whole ? [0, body.length] : [Number(first), Math.min(Number(last) + 1, body.length)]
  if (!whole && start >= body.length) {
    return void response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end()
  }
  response.writeHead(whole ? 200 : 206, {
    // Of 64 hex digits, as some servers have it, and not the SHA-256.
    etag: `"${'e'.repeat(64)}"`,
    ...(packed && { 'content-encoding': 'gzip' }),
    ...(!noLength && { 'content-length': end - start }),
    ...(!whole && { 'content-range': `bytes ${start}-${end - 1}/${body.length}` }),
  })
  response.end(method === 'HEAD' ? undefined : body.subarray(start, end))
}
