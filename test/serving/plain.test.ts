import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { LAMBDA_LIMITS } from '../../src/http/limits.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { createTestApp } from '../support/http.ts'
import { appAround } from '../support/serving.ts'
import { VALID } from '../support/valid-bodies.ts'

/** A host of small letters goes the plain way, one of capitals through the web's classes. */
const [PLAIN, WEB] = ['localhost', 'LOCALHOST']

const app = createTestApp({
  limits: { ...LAMBDA_LIMITS, maxBodyBytes: 2000 },
  namedTokens: [{ name: 'web', token: 'one' }],
  corsOrigins: ['https://app.example.com'],
})
let taken = 0
let server: RunningServer

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  const plain: typeof app.plain = (method, url) => {
    const answer = app.plain(method, url)
    if (answer) taken++
    return answer
  }
  const config = readConfig({}, { memoryBytes: 1e9, processors: 1, root: '/' })
  server = await startServer(appAround({ ...app, plain }), { ...config, port: 0 })
})

afterAll(() => server.stop())

/** A request as it lies in the network, but for its host. */
interface Sent {
  readonly path: string
  readonly headers: readonly string[]
  readonly body: Buffer
  readonly isChunked: boolean
}

const oneOf = <Value>(...values: readonly Value[]) => fc.constantFrom(...values)
const some = (...lines: readonly string[]) => fc.subarray([...lines], { maxLength: 2 })

const bodies = fc.oneof(
  oneOf(...Object.values(VALID).map((body) => Buffer.from(JSON.stringify(body)))),
  fc.json().map((json) => Buffer.from(json)),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  oneOf('', '\ufeff{"inputs": "a"}', '{"inputs": "护士"}', '{"inputs": "a", "inputs": "b"}').map((body) =>
    Buffer.from(body),
  ),
  oneOf(1_990, 2_100, 300_000).map((size) => Buffer.from(`{"inputs": "${'a'.repeat(size - 14)}"}`)),
)

const packings = oneOf<readonly [name: string, pack: (body: Buffer) => Buffer]>(
  ...[['', (body: Buffer) => body] as const, ['zstd', (body: Buffer) => body] as const],
  ...[['gzip', gzipSync] as const, ['br', brotliCompressSync] as const, ['Deflate', deflateSync] as const],
)

const requests: fc.Arbitrary<Sent> = fc
  .record({
    path: oneOf(
      ...Object.keys(VALID),
      '/',
      '/embed/',
      '/embed?x=1',
      '/embed?model=wide',
      '/health',
      '/nowhere',
    ),
    type: oneOf(
      'application/json',
      'Application/JSON; charset=UTF-8',
      'text/plain',
      'application/json; charset=x',
      '',
    ),
    token: oneOf('Bearer one', 'bearer  one', 'Bearer two', 'Basic one', ''),
    packing: packings,
    more: some(
      ...[
        'Origin: https://app.example.com',
        'Origin: https://b.example',
        'Content-Type: text/plain',
        'TE: trailers',
      ],
      ...[
        'Authorization: Bearer one',
        'X-Request-Id: mine',
        'X-Request-Id: \xe9',
        'Accept-Encoding: gzip',
        'a:',
      ],
      ...[
        'Upgrade: h2c',
        'Expect: 100-continue',
        'Access-Control-Request-Method: POST',
        'Content-Encoding: gzip',
      ],
    ),
    body: bodies,
    isChunked: fc.boolean(),
  })
  .map(({ path, type, token, packing: [encoding, pack], more, body, isChunked }) => ({
    path,
    headers: [`Content-Type: ${type}`, `Authorization: ${token}`, `Content-Encoding: ${encoding}`, ...more],
    body: pack(body),
    isChunked,
  }))

/** What the server answers, with what differs from request to request left out, and headers in order. */
async function answerTo({ path, headers, body, isChunked }: Sent, host: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
  const head = [`POST ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', length, ...headers]
  const chunks = body.length > 0 ? [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'] : ['0\r\n\r\n']
  const parts = [`${head.join('\r\n')}\r\n\r\n`, ...(isChunked ? chunks : [body])]
  socket.write(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
  )
  const heard = await text(socket)
  const cut = heard.lastIndexOf('\r\n\r\n')
  const [status, ...lines] = heard.slice(0, cut).split('\r\n')
  const named = lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
  return [status, ...named.sort(), heard.slice(cut)]
    .join('\n')
    .replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, 'id')
    .replaceAll(/^(date|server-timing|content-length|x-[a-z]+-time): .*$/gm, '$1')
    .replaceAll(/(cold-?start"?: ?)(?:true|false)/gi, '$1')
    .replaceAll(/("(?:\w+Ms)":|at least )[\d.e-]+/g, '$1')
}

test('answers a request the plain way as it does through the web classes', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      expect(await answerTo(request, PLAIN!)).toBe(await answerTo(request, WEB!))
    }),
    { numRuns: 400 },
  )
  expect(taken).toBeGreaterThan(200)
  expect(taken).toBeLessThan(400)
})

test.each([
  ['plain', ''],
  ['packed', 'content-encoding: gzip\r\n'],
])(
  'leaves the rest of a %s body that is too large, and serves the next request of the connection',
  async (_, more) => {
    const parts = ['transfer-encoding: chunked\r\n\r\n7a1200\r\n', Buffer.alloc(8_000_000), '\r\n0\r\n\r\n']
    for (const host of [PLAIN, WEB]) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      const head = `POST /embed HTTP/1.1\r\nHost: ${host}\r\nauthorization: Bearer one\r\ncontent-type: application/json\r\n`
      for (const part of [head, more, ...parts]) socket.write(part)
      socket.write(`${head}content-length: 13\r\nconnection: close\r\n\r\n{"input":"a"}`)
      const statuses = (await text(socket)).match(/HTTP\/1\.1 \d+/g)
      expect(statuses).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
    }
  },
)
