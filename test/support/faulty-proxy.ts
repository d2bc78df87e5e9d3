import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What happens to the answers of one connection. Bytes are counted from its first one, heads included. */
export type Fault =
  /** The request is cut off after so many bytes of it. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The request goes on to the server at this pace. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** The server hears the whole request, and its answer is lost. */
  | { readonly kind: 'unheard' }
  /** Torn down by force after so many bytes. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Closed in good order after so many bytes, whatever was announced. */
  | { readonly kind: 'end'; readonly afterBytes: number }
  /** One bit is wrong. */
  | { readonly kind: 'flip'; readonly atByte: number }
  /** A few bytes at a time, after so many at full speed. */
  | {
      readonly kind: 'drip'
      readonly afterBytes: number
      readonly bytes: number
      readonly everyMs: number
    }
  /** Nothing more, and no end. */
  | { readonly kind: 'silence'; readonly afterBytes: number }
  /** This instead of what the server would say. */
  | { readonly kind: 'answer'; readonly text: string }

/** A proxy that spoils connections. */
export interface FaultyProxy {
  readonly endpoint: string
  /** How many connections there have been. */
  readonly connections: number
  /** Decides about each new connection, given its number from 0; by default nothing happens. */
  faultOf: (connection: number) => Fault | undefined
  close(): void
}

/** A proxy on a free port before the server at `target`, an address such as `http://127.0.0.1:7480`. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((client) => {
    const fault = proxy.faultOf(connections++)
    const upstream = connect({ host: hostname, port: Number(port) })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        for (const other of [client, upstream]) if (other !== socket) other.destroy()
      })
    }
    if (fault?.kind === 'answer') {
      client.once('data', () => client.end(fault.text))
      return
    }
    if (fault?.kind === 'slow' || fault?.kind === 'cut' || fault?.kind === 'unheard') {
      spoilRequest(client, upstream, fault)
      return
    }
    client.on('data', (bytes) => upstream.write(bytes))
    if (fault) spoil(upstream, client, fault)
    else upstream.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: FaultyProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections
    },
    faultOf: () => undefined,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
  return proxy
}

type RequestFault = Extract<Fault, { kind: 'cut' | 'slow' | 'unheard' }>

function spoilRequest(client: Socket, upstream: Socket, fault: RequestFault): void {
  let position = 0
  client.on('data', (bytes) => {
    position += bytes.length
    upstream.write(bytes)
    if (fault.kind === 'cut' && position >= fault.afterBytes) client.resetAndDestroy()
    if (fault.kind !== 'slow') return
    client.pause()
    setTimeout(() => client.resume(), (bytes.length / fault.bytesPerSecond) * 1000)
  })
  if (fault.kind === 'unheard') upstream.once('data', () => client.resetAndDestroy())
  else upstream.pipe(client)
}

type AnswerFault = Exclude<Fault, { kind: 'answer' } | RequestFault>

function spoil(upstream: Socket, client: Socket, fault: AnswerFault): void {
  let position = 0
  upstream.on('data', (bytes) => {
    const start = position
    position += bytes.length
    if (fault.kind === 'flip') {
      if (fault.atByte >= start && fault.atByte < position) bytes[fault.atByte - start]! ^= 1
      client.write(bytes)
      return
    }
    const whole = bytes.subarray(0, Math.max(0, fault.afterBytes - start))
    client.write(whole)
    if (position < fault.afterBytes) return
    upstream.pause()
    if (fault.kind === 'reset') client.resetAndDestroy()
    else if (fault.kind === 'end') client.end()
    else if (fault.kind === 'drip') drip(bytes.subarray(whole.length), client, fault)
  })
}

/** What is left of one chunk of the server's lasts long enough. */
function drip(bytes: Uint8Array, client: Socket, fault: { bytes: number; everyMs: number }): void {
  let position = 0
  const timer = setInterval(() => {
    client.write(bytes.subarray(position, position + fault.bytes))
    position += fault.bytes
  }, fault.everyMs)
  client.on('close', () => clearInterval(timer))
}

/** An HTTP answer without a body after which the connection is closed. */
export function emptyAnswer(status: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = { ...headers, 'Content-Length': '0', Connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`
}
