import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { App } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { AppError } from '../src/errors.ts'
import { describeServer, type RunningServer, startServer } from '../src/server.ts'
import { urlOf } from '../src/serving/listen.ts'
import { eventually } from './support/eventually.ts'
import { createTestApp } from './support/http.ts'
import { appAround } from './support/serving.ts'

const local = { ...readConfig({}, { memoryBytes: 1e9, processors: 1, root: '/' }), port: 0 }
const servers: RunningServer[] = []

async function start(app: App, address: Parameters<typeof startServer>[1] = local): Promise<RunningServer> {
  const server = await startServer(app, address)
  servers.push(server)
  return server
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

const embed = (url: string, body: unknown, init: RequestInit = {}) =>
  fetch(`${url}/embed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  })

test('serves over a socket, on a port that is free', async () => {
  const { url } = await start(appAround(createTestApp()))
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const response = await embed(url, { input: '数据' })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
  expect(await response.json()).toMatchObject({ embeddings: [[2, 1, 0, 0]] })
  expect((await fetch(`${url}/health`, { method: 'HEAD' })).status).toBe(200)
})

test('survives what is not a request', async () => {
  const { url } = await start(appAround(createTestApp()))
  expect((await embed(url, '{"input": ')).status).toBe(400)
  expect((await embed(url, 'x'.repeat(7_000_000))).status).toBe(413)
  expect((await fetch(`${url}//\\..%2f`)).status).toBe(404)
  expect((await embed(url, { input: 'still here' })).status).toBe(200)
})

/** Sends bytes as they are, and gives what came back. */
function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.on('data', (bytes) => {
      answer += String(bytes)
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

test.each([
  ['two hosts', 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
  ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['a host with a space', 'GET /health HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
  ['half an IPv6 address', 'GET /health HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n'],
  ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ['another scheme', 'GET ftp://a/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
])('answers %s with the error of every other request', async (_, text) => {
  const { url } = await start(appAround(createTestApp()))
  const [head, body] = (await sendRaw(url, text)).split('\r\n\r\n') as [string, string]
  expect(head).toMatch(/^HTTP\/1\.1 400 /)
  expect(head).toMatch(/^x-error-code: invalid_request\r?$/im)
  expect(body).toContain('"code":"invalid_request"')
})

test.each([
  ['GET', 'http://a/?b', 'the page'],
  ['GET', 'http://a', 'the page'],
  ['POST', 'HTTPS://a:443/embed', '"embeddings"'],
  ['GET', 'http://a/models?a=http://b', '"models"'],
])('answers %s %s, as proxies are asked', async (method, target, answer) => {
  const page = {
    send: ({ url = '' }: IncomingMessage, outgoing: ServerResponse) =>
      /^\/(\?|$)/.test(url) && Boolean(outgoing.end('the page')),
  }
  const { url } = await start(appAround(createTestApp()), { ...local, page })
  const head = 'Host: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: '
  const body = method === 'POST' ? '13\r\n\r\n{"input":"a"}' : '0\r\n\r\n'
  expect(await sendRaw(url, `${method} ${target} HTTP/1.1\r\n${head}${body}`)).toContain(answer)
})

test('does not take a client that leaves within its body for an error', async () => {
  const errors: unknown[] = []
  let left = 0
  const app = createTestApp({ onError: (error) => errors.push(error), onLeft: () => void left++ })
  const { url } = await start(appAround(app))
  const { hostname, port } = new URL(url)
  const head =
    'POST /embed HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"in'
  const socket = connect(Number(port), hostname, () => socket.write(head, () => socket.destroy()))
  await eventually(() => expect(left).toBe(1))
  expect(errors).toEqual([])
})

test('tells the engine when a client has gone', async () => {
  const { engine, ...http } = createTestApp()
  let signal: AbortSignal | undefined
  engine.embed = (_, context) => {
    signal = context.signal
    return new Promise(() => {})
  }
  const { url } = await start(appAround(http))
  const client = new AbortController()
  const answer = embed(url, { input: 'a' }, { signal: client.signal })
  await eventually(() => expect(signal?.aborted).toBe(false))
  client.abort()
  await expect(answer).rejects.toThrow()
  await eventually(() => expect(signal?.aborted).toBe(true))
})

test('stopping waits for requests that run, refuses new ones, then closes the app once', async () => {
  const { engine, ...http } = createTestApp()
  const run = engine.embed
  let proceed = () => {}
  const gate = new Promise<void>((resolve) => {
    proceed = resolve
  })
  let arrived = false
  engine.embed = async (...parts) => {
    arrived = true
    await gate
    return run(...parts)
  }
  const app = appAround(http)
  const server = await startServer(app, local)
  const answer = embed(server.url, { input: 'a' })
  await eventually(() => expect(arrived).toBe(true))
  const stopped = server.stop()
  await expect(embed(server.url, { input: 'b' })).rejects.toThrow()
  expect(app.closed()).toBe(0)
  proceed()
  expect((await answer).status).toBe(200)
  await stopped
  expect(app.closed()).toBe(1)
})

test('says so when its port is taken', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  const started = startServer(appAround(createTestApp()), { ...local, port })
  await expect(started).rejects.toThrow(expect.objectContaining({ code: 'invalid_request' }))
  await expect(started).rejects.toThrow(`cannot listen on 127.0.0.1, port ${port}: listen EADDRINUSE`)
  await expect(started).rejects.toThrow(/choose others with HOST and PORT/)
  other.close()
})

test('gives an IPv6 address in brackets', () => {
  expect([urlOf('::1', 80), urlOf('localhost', 3000)]).toEqual(['http://[::1]:80', 'http://localhost:3000'])
})

test('describes itself with a command to try', () => {
  expect(describeServer({ url: 'http://127.0.0.1:3000', metricsUrl: undefined })).toBe(
    `Listening on http://127.0.0.1:3000 · try: curl http://127.0.0.1:3000/embed -H 'content-type: application/json' -d '{"input": "data engineer"}'`,
  )
})

test('refuses before a body has come when there is no room, and serves the next request of the connection', async () => {
  let room = false
  const full = () => (room ? undefined : new AppError('overloaded', 'Busy.'))
  const { url } = await start(appAround(createTestApp({ full })))
  const { hostname, port } = new URL(url)
  const head = 'POST /embed HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 13\r\n'
  const socket = connect(Number(port), hostname)
  const answers: string[] = []
  socket.on('data', (bytes) => answers.push(String(bytes)))
  socket.write(`${head}\r\n{"input"`)
  await eventually(() =>
    expect(answers.join('')).toMatch(/^HTTP\/1\.1 429 [\s\S]*retry-after: 1[\s\S]*"Busy\."/),
  )
  room = true
  socket.write(`:"a"}${head}connection: close\r\n\r\n{"input":"b"}`)
  await eventually(() => expect(answers.join('')).toMatch(/HTTP\/1\.1 200 OK[\s\S]*"embeddings"/))
  socket.destroy()
})
