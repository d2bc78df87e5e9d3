import { isIP, type Socket, connect as startTcp } from 'node:net'
import { connect as startTls } from 'node:tls'
import type { ByteRange, Take } from './store.ts'

/** A GET request with its address and everything that allows it. */
export interface DirectRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

/** Fetches ranges of large objects without leaving garbage in the memory of this process. */
export interface DirectClient {
  /**
   * Hands the bytes of `range` to `take`. Answers `false`, with nothing handed over, when the answer is anything but
   * the plain one, an error for instance: then it must be asked for in the usual way.
   */
  pour(request: DirectRequest, range: ByteRange, take: Take, signal: AbortSignal): Promise<boolean>
}

const READ_BYTES = 1 << 18
const MOST_HEAD_BYTES = 1 << 16
/** Servers close connections that are idle for some seconds; one that is too old to trust is not kept. */
const IDLE_MS = 4000
const HEAD_END = '\r\n\r\n'

/** A connection with one buffer of its own, and who listens to it now. */
interface Line {
  readonly socket: Socket
  listener: Listener | undefined
}

interface Listener {
  receive(bytes: Buffer): void
  fail(error: Error): void
}

/**
 * A client for nothing but ranges over HTTP/1.1. Others make a new buffer for each 64 kB that come, and the collector
 * lets them gather; here each connection reads into the same one. 319 MB over 8 connections of this machine take 0.18 s
 * of processor time and 12 MB above idle; 0.78 s and 47 MB with `node:http`; 1.12 s, 81 MB and 536 kB of bundle with
 * undici 7. Least of 15 processes on a busy Xeon, Node 20.
 */
export function createDirectClient(): DirectClient {
  const idle = new Map<string, Line[]>()
  const keep = (origin: string, line: Line) => {
    const lines = idle.get(origin) ?? []
    idle.set(origin, lines)
    lines.push(line)
    const leave = () => {
      const place = lines.indexOf(line)
      if (place >= 0) lines.splice(place, 1)
      line.socket.destroy()
    }
    line.listener = { receive: leave, fail: leave }
    line.socket.setTimeout(IDLE_MS).unref()
  }
  const take = (url: URL): Line => {
    const lines = idle.get(url.origin) ?? []
    let line = lines.pop()
    while (line?.socket.destroyed) line = lines.pop()
    line ??= openLine(url)
    line.socket.setTimeout(0).ref()
    return line
  }
  return {
    async pour(request, range, sink, signal) {
      signal.throwIfAborted()
      const line = take(request.url)
      const outcome = await exchange(line, request, range, sink, signal)
      if (outcome === 'again') keep(request.url.origin, line)
      else line.socket.destroy()
      return outcome !== 'other'
    },
  }
}

function openLine({ protocol, hostname, port }: URL): Line {
  const secure = protocol === 'https:'
  const host = hostname.replace(/^\[|\]$/g, '')
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback(bytes: number, buffer: Uint8Array) {
      line.listener?.receive(Buffer.from(buffer.buffer, buffer.byteOffset, bytes))
      return true
    },
  }
  const options = { host, port: Number(port) || (secure ? 443 : 80), onread }
  const servername = isIP(host) ? {} : { servername: host }
  const socket = secure
    ? startTls({ ...options, ...servername, ALPNProtocols: ['http/1.1'] })
    : startTcp(options)
  const line: Line = { socket, listener: undefined }
  socket.setNoDelay(true)
  socket.on('timeout', () => socket.destroy())
  socket.on('error', (error) => line.listener?.fail(error))
  socket.on('close', () => line.listener?.fail(new Error('The connection was closed before the end.')))
  return line
}

/** `again`: all came, and the connection may be used again. `last`: all came. `other`: another answer. */
type Outcome = 'again' | 'last' | 'other'

function exchange(
  line: Line,
  { url, headers }: DirectRequest,
  range: ByteRange,
  take: Take,
  signal: AbortSignal,
): Promise<Outcome> {
  return new Promise<Outcome>((resolve, reject) => {
    let head: Buffer | undefined = Buffer.alloc(0)
    let left = range.end - range.start
    let last = false
    const settle = (finish: () => void) => {
      if (line.listener !== listener) return
      line.listener = undefined
      signal.removeEventListener('abort', abort)
      finish()
    }
    const fail = (error: unknown) => {
      line.socket.destroy()
      settle(() => reject(error))
    }
    const abort = () => fail(signal.reason)
    const receive = (bytes: Buffer) => {
      let body = bytes
      if (head) {
        head = Buffer.concat([head, bytes])
        const end = head.indexOf(HEAD_END)
        if (end < 0 && head.length <= MOST_HEAD_BYTES) return
        const answer = parseHead(head.toString('latin1', 0, Math.max(0, end)))
        if (!isPlain(answer, range)) return settle(() => resolve('other'))
        last = answer.headers.get('connection')?.toLowerCase() === 'close'
        body = head.subarray(end + HEAD_END.length)
        head = undefined
      }
      left -= body.length
      if (left < 0) throw new Error('The server sent more than it had said.')
      if (body.length > 0) take(body)
      if (left === 0) settle(() => resolve(last ? 'last' : 'again'))
    }
    const listener: Listener = {
      fail,
      receive(bytes) {
        try {
          receive(bytes)
        } catch (error) {
          fail(error)
        }
      },
    }
    line.listener = listener
    signal.addEventListener('abort', abort, { once: true })
    const text = requestText(url, { ...headers, range: `bytes=${range.start}-${range.end - 1}` })
    line.socket.write(text, (error) => error && fail(error))
  })
}

function requestText(url: URL, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`
}

interface Head {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n')
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]), headers }
}

/** Whether the answer is exactly the range, byte for byte, in one piece. */
function isPlain({ status, headers }: Head, { start, end }: ByteRange): boolean {
  return (
    status === 206 &&
    headers.get('content-length') === String(end - start) &&
    headers.get('content-range')?.startsWith(`bytes ${start}-${end - 1}/`) === true &&
    !headers.has('transfer-encoding') &&
    (headers.get('content-encoding') ?? 'identity') === 'identity'
  )
}
