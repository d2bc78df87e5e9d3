import { connect } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { LAMBDA_LIMITS } from '../../src/http/limits.ts'
import { startServer } from '../../src/server.ts'
import { dial } from '../support/dial.ts'
import { eventually } from '../support/eventually.ts'
import { createTestApp } from '../support/http.ts'
import { appAround } from '../support/serving.ts'

const usual = { ...readConfig({}, { memoryBytes: 1e9, processors: 1, root: '/' }), port: 0 }
const undo: (() => unknown)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function start(changes: Partial<typeof usual> = {}, http = createTestApp()) {
  const server = await startServer(appAround(http), { ...usual, ...changes })
  undo.push(() => server.stop())
  return server
}

const health = 'GET /health HTTP/1.1\r\nhost: a\r\n\r\n'

test('keeps a connection longer than load balancers do, and tells its client how long', async () => {
  const { url } = await start()
  const { socket, heard } = await dial(url)
  socket.write(health)
  await eventually(() => expect(heard()).toContain('"ok"'))
  expect(heard()).toMatch(/^HTTP\/1\.1 200 OK/)
  expect(heard().toLowerCase()).toMatch(/connection: keep-alive\r\nkeep-alive: timeout=75\r\n/)
})

test('answers a head that does not come to its end in time with 408 and a sentence', async () => {
  const { url } = await start({ headerSeconds: 1 })
  const { socket, heard, isClosed } = await dial(url)
  socket.write('GET /health HTTP/1.1\r\nhost: a\r\n')
  await eventually(() => expect(isClosed()).toBe(true))
  expect(heard()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
  expect(heard()).toMatch(/x-error-code: invalid_request\r\n/)
  expect(heard()).toContain('expected its head within 1 s')
})

test('closes a connection that was opened ahead of need and never used without a word, on it or in the log', async () => {
  const refused: unknown[] = []
  const { url } = await start(
    { headerSeconds: 1 },
    createTestApp({ onError: (error) => refused.push(error) }),
  )
  const { heard, isClosed } = await dial(url)
  await eventually(() => expect(isClosed()).toBe(true))
  expect([heard(), refused]).toEqual(['', []])
})

test('answers a body that does not come to its end in time with 408, and does not call that an error', async () => {
  const { url } = await start({ headerSeconds: 1, bodySeconds: 1 })
  const { socket, heard, isClosed } = await dial(url)
  socket.write(
    'POST /embed HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{"in',
  )
  await eventually(() => expect(isClosed()).toBe(true))
  expect(heard()).toMatch(/^HTTP\/1\.1 408 [\s\S]*its body within 1 s of that; send it faster/)
})

test('lets go of a connection whose client keeps its end open after a 408', async () => {
  const server = await start({ headerSeconds: 1 })
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  undo.push(() => socket.destroy())
  let heard = ''
  socket
    .on('error', () => {})
    .on('data', (bytes) => {
      heard += String(bytes)
    })
  socket.write('GET /health HTTP/1.1\r\nhost: a\r\n')
  await eventually(() => expect(heard).toContain('408 Request Timeout'))
  await eventually(() => expect(server.connections()).toBe(0))
  expect(socket.writable).toBe(true)
})

test.each([
  ['what is no HTTP', 'hello\r\n\r\n', 400, 'The request cannot be read'],
  [
    'a head without end',
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    431,
    'more than 16 KiB',
  ],
  [
    'two lengths',
    'POST /embed HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    400,
    'cannot be read',
  ],
  ['a request to a proxy', 'CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n', 405, 'is no proxy'],
  [
    'an expectation that nobody knows',
    'POST /embed HTTP/1.1\r\nhost: a\r\nexpect: wonders\r\nconnection: close\r\n\r\n',
    417,
    'expected 100-continue',
  ],
])('answers %s with the error of every other request', async (_, bytes, status, sentence) => {
  const { url } = await start()
  const { socket, heard, isClosed } = await dial(url)
  socket.write(bytes)
  await eventually(() => expect(isClosed()).toBe(true))
  const [head, body] = heard().split('\r\n\r\n') as [string, string]
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(JSON.parse(body)).toMatchObject({
    error: { code: 'invalid_request', message: expect.stringContaining(sentence) },
  })
})

test('ends a connection of HTTP/1.0 after a body in chunks, whose end a proxy may see elsewhere', async () => {
  const { url } = await start()
  const { heard, isClosed, socket } = await dial(url)
  const head = 'POST /embed HTTP/1.0\r\nconnection: keep-alive\r\ncontent-type: application/json\r\n'
  socket.write(`${head}content-length: 13\r\n\r\n{"input":"a"}`)
  await eventually(() => expect(heard()).toMatch(/200 OK[\s\S]*connection: keep-alive/i))
  socket.write(
    `${head}transfer-encoding: chunked\r\n\r\nd\r\n{"input":"a"}\r\n0\r\n\r\nGET /health HTTP/1.0\r\n\r\n`,
  )
  await eventually(() => expect(isClosed()).toBe(true))
  expect(heard().match(/200 OK/g)).toHaveLength(2)
})

test('answers a probe of HTTP/1.0, which has no host', async () => {
  const { url } = await start()
  const { heard, isClosed, socket } = await dial(url)
  socket.write('GET /ready HTTP/1.0\r\n\r\n')
  await eventually(() => expect(isClosed()).toBe(true))
  expect(heard()).toMatch(/^HTTP\/1\.1 200 OK/)
})

test('outlives a client that resets its connection after it asked for a proxy', async () => {
  const { url } = await start()
  const { socket, heard } = await dial(url)
  socket.write('CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n')
  await eventually(() => expect(heard()).toContain('405'))
  socket.resetAndDestroy()
  const next = await dial(url)
  next.socket.write(health)
  await eventually(() => expect(next.heard()).toContain('"ok"'))
})

test('beyond its connections it refuses in words, and still answers /health and /ready', async () => {
  const server = await start({ maxConnections: 2 })
  const first = await dial(server.url)
  await dial(server.url)
  await eventually(() => expect(server.connections()).toBe(2))
  const third = await dial(server.url)
  third.socket.write('GET /models HTTP/1.1\r\nhost: a\r\n\r\n')
  await eventually(() => expect(third.isClosed()).toBe(true))
  expect(third.heard()).toMatch(/^HTTP\/1\.1 429 [\s\S]*retry-after: 1[\s\S]*has 2 connections already/)
  for (const path of ['/health', '/ready?from=probe']) {
    const probe = await dial(server.url)
    probe.socket.write(health.replace('/health', path))
    await eventually(() => expect(probe.isClosed()).toBe(true))
    expect(probe.heard()).toMatch(/^HTTP\/1\.1 200 [\s\S]*onnection: close/)
  }
  first.socket.destroy()
  await eventually(() => expect(server.connections()).toBe(1))
  const next = await dial(server.url)
  next.socket.write('GET /models HTTP/1.1\r\nhost: a\r\n\r\n')
  await eventually(() => expect(next.heard()).toMatch(/^HTTP\/1\.1 200 /))
})

test('closes a connection beyond the spare ones, and says so once', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  const server = await start({ maxConnections: 1 })
  const { hostname, port } = new URL(server.url)
  const sockets = Array.from({ length: 70 }, () => connect(Number(port), hostname).on('error', () => {}))
  undo.push(() => sockets.map((socket) => socket.destroy()))
  let closed = 0
  for (const socket of sockets) socket.resume().on('close', () => closed++)
  await eventually(() => expect(closed).toBe(5))
  expect(server.connections()).toBe(65)
  expect(said.mock.calls[0]![0]).toContain('Connections were closed unheard')
  said.mockRestore()
})

test('gives up a client that does not read its answer', async () => {
  const limits = { ...LAMBDA_LIMITS, maxResponseBytes: 1 << 28 }
  const server = await start({ bodySeconds: 1 }, createTestApp({ limits }))
  const { socket } = await dial(server.url)
  socket.pause()
  const body = JSON.stringify({ model: 'large', input: Array.from({ length: 2048 }, () => 'a') })
  socket.write(
    `POST /embed HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  await eventually(() => expect(server.connections()).toBe(0))
  expect(socket.bytesRead).toBeLessThan(10_000_000)
})
