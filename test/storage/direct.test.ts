import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { createDirectClient, type DirectClient } from '../../src/storage/direct.ts'
import { because } from '../support/because.ts'
import { temporaryFolder } from '../support/folders.ts'

const body = Buffer.from('0123456789')
const range = { start: 10, end: 20 }
const head = (lines: string) => `HTTP/1.1 206 Partial Content\r\n${lines}\r\n\r\n`
const PLAIN = 'Content-Length: 10\r\nContent-Range: bytes 10-19/100'

interface TestServer {
  readonly url: URL
  readonly asked: string[]
  readonly connections: number
}

async function listen(server: Server, protocol: string, name = '127.0.0.1'): Promise<URL> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return new URL(`${protocol}://${name}:${(server.address() as AddressInfo).port}/bucket/key?x=1`)
}

/** A server that answers each request with what `answer` writes. */
async function serve(answer: (socket: Socket) => void): Promise<TestServer> {
  const asked: string[] = []
  let connections = 0
  const server = createServer((socket) => {
    connections++
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      asked.push(bytes.toString())
      answer(socket)
    })
  })
  return {
    url: await listen(server, 'http'),
    asked,
    get connections() {
      return connections
    },
  }
}

/** What came, or `undefined` when the answer was not the plain one. */
async function pour(
  url: URL,
  client: DirectClient = createDirectClient(),
  signal = new AbortController().signal,
): Promise<string | undefined> {
  let got = ''
  const request = { url, headers: { 'x-test': 'yes' } }
  const plain = await client.pour(request, range, (bytes) => (got += Buffer.from(bytes)), signal)
  return plain ? got : undefined
}

describe('createDirectClient', () => {
  it('asks for the range with the headers of the request', async () => {
    const server = await serve((socket) => socket.write(head(PLAIN) + body))
    expect(await pour(server.url)).toBe('0123456789')
    expect(server.asked).toEqual([
      `GET /bucket/key?x=1 HTTP/1.1\r\nhost: ${server.url.host}\r\nx-test: yes\r\nrange: bytes=10-19\r\n\r\n`,
    ])
  })

  it('understands an answer however it is cut into pieces', async () => {
    const answer = head(PLAIN) + body
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: answer.length - 1 }), { maxLength: 6 }),
        async (cuts) => {
          const places = [0, ...cuts.sort((one, other) => one - other), answer.length]
          const server = await serve(async (socket) => {
            for (const [index, place] of places.slice(1).entries()) {
              socket.write(answer.slice(places[index], place))
              await new Promise((resolve) => setImmediate(resolve))
            }
          })
          expect(await pour(server.url)).toBe('0123456789')
        },
      ),
      { numRuns: 20 },
    )
  })

  it('uses a connection again, unless the server wants it closed', async () => {
    const client = createDirectClient()
    const staying = await serve((socket) => socket.write(head(PLAIN) + body))
    for (let turn = 0; turn < 3; turn++) expect(await pour(staying.url, client)).toBe('0123456789')
    expect(staying.connections).toBe(1)
    const leaving = await serve((socket) => socket.end(head(`${PLAIN}\r\nConnection: close`) + body))
    for (let turn = 0; turn < 3; turn++) expect(await pour(leaving.url, client)).toBe('0123456789')
    expect(leaving.connections).toBe(3)
  })

  it('opens another connection when the server has closed the one it kept', async () => {
    const client = createDirectClient()
    const sockets: Socket[] = []
    const server = await serve((socket) => {
      sockets.push(socket)
      socket.write(head(PLAIN) + body)
    })
    await pour(server.url, client)
    sockets[0]!.destroy()
    await once(sockets[0]!, 'close')
    // A turn of the network with somebody else, by whose end this client has heard of the close.
    const other = await serve((socket) => socket.write(head(PLAIN) + body))
    expect(await pour(other.url)).toBe('0123456789')
    expect(await pour(server.url, client)).toBe('0123456789')
    expect(server.connections).toBe(2)
  })

  it.each([
    ['an error', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'],
    ['a redirect', 'HTTP/1.1 307 Temporary Redirect\r\nLocation: http://other/\r\nContent-Length: 0\r\n\r\n'],
    ['the whole file', `HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n${body}`],
    [
      'chunks',
      `${head('Transfer-Encoding: chunked\r\nContent-Range: bytes 10-19/100')}a\r\n${body}\r\n0\r\n\r\n`,
    ],
    ['another range', head('Content-Length: 10\r\nContent-Range: bytes 0-9/100') + body],
    ['a shorter range', head('Content-Length: 5\r\nContent-Range: bytes 10-14/15') + body],
    ['no range', head('Content-Length: 10') + body],
    ['compressed bytes', head(`${PLAIN}\r\nContent-Encoding: gzip`) + body],
    ['something else than HTTP', `SSH-2.0-OpenSSH\r\n\r\n`],
    ['a head without end', 'HTTP/1.1 206 Partial Content\r\n'.padEnd(100_000, 'x')],
  ])('hands over nothing of %s', async (_name, answer) => {
    const server = await serve((socket) => socket.write(answer))
    expect(await pour(server.url)).toBeUndefined()
  })

  it('fails when the body ends early, and when it does not end', async () => {
    const short = await serve((socket) => socket.end(`${head(PLAIN)}01234`))
    await expect(pour(short.url)).rejects.toThrow('closed before the end')
    const long = await serve((socket) => socket.write(`${head(PLAIN) + body}more`))
    await expect(pour(long.url)).rejects.toThrow('more than it had said')
  })

  it('fails when there is no server', async () => {
    await expect(pour(new URL('http://127.0.0.1:9/key'))).rejects.toThrow('ECONNREFUSED')
  })

  it('ends with its signal, before and in the middle', async () => {
    const server = await serve((socket) => socket.write(`${head(PLAIN)}01234`))
    await expect(pour(server.url, undefined, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    const controller = new AbortController()
    const request = { url: server.url, headers: {} }
    const take = () => controller.abort(new Error('late'))
    await expect(createDirectClient().pour(request, range, take, controller.signal)).rejects.toThrow('late')
  })
})

const hasOpenssl = (() => {
  try {
    return execFileSync('openssl', ['version']).length > 0
  } catch {
    return false
  }
})()

test.runIf(hasOpenssl)(
  `speaks TLS, and with nobody whose certificate it cannot trust${because(!hasOpenssl && 'no program openssl; install it')}`,
  async () => {
    const folder = temporaryFolder('tls')
    const [keyPath, certPath] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const output = ['-keyout', keyPath, '-out', certPath]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...output, ...subject], {
      stdio: 'ignore',
    })
    const options = { key: readFileSync(keyPath), cert: readFileSync(certPath) }
    const server = createTlsServer(options, (socket) => {
      socket.on('error', () => {})
      socket.on('data', () => socket.end(head(`${PLAIN}\r\nConnection: close`) + body))
    })
    server.on('tlsClientError', () => {})
    const url = await listen(server, 'https', 'localhost')
    await expect(pour(url)).rejects.toThrow(/self-signed|certificate/)
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    try {
      expect(await pour(url)).toBe('0123456789')
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    }
  },
)
