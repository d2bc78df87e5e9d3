import { connect } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import { startServer } from '../../src/server.ts'
import { eventually } from '../support/eventually.ts'
import { createTestApp } from '../support/http.ts'
import { appAround } from '../support/serving.ts'

const usual = { ...readConfig({}, { memoryBytes: 1e9, processors: 1, root: '/' }), port: 0 }
const undo: (() => unknown)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function start(http = createTestApp(), changes: Partial<typeof usual> = {}) {
  const server = await startServer(appAround(http), { ...usual, metricsPort: 0, ...changes })
  undo.push(() => server.stop())
  return server
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** How many requests were counted, by route, model and status. */
async function counted(metricsUrl: string | undefined): Promise<string[]> {
  const text = await (await fetch(metricsUrl!)).text()
  return Array.from(
    text.matchAll(/^embeddings_requests_total\{route="(.*)",model="(.*)",status="(.*)"\} (\d+)$/gm),
    ([, ...parts]) => parts.join(' '),
  )
}

test('counts answers, errors, refusals and clients that left, and nothing that a caller may name', async () => {
  let busy = false
  const full = () => (busy ? new AppError('overloaded', 'Busy.') : undefined)
  const { engine, ...http } = createTestApp({ full })
  const { url, metricsUrl } = await start({ engine, ...http })
  expect((await post(`${url}/embed`, { input: 'a' })).status).toBe(200)
  expect((await post(`${url}/v1/embeddings`, { input: 'a', model: 'gpt-4' })).status).toBe(404)
  expect((await fetch(`${url}/secret/path?token=1`)).status).toBe(404)
  busy = true
  expect((await post(`${url}/embed?x=1`, { input: 'a' })).status).toBe(429)
  busy = false
  let arrived = false
  engine.embed = () => {
    arrived = true
    return new Promise(() => {})
  }
  const client = new AbortController()
  const left = fetch(`${url}/embed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"input": "a"}',
    signal: client.signal,
  })
  await eventually(() => expect(arrived).toBe(true))
  client.abort()
  await expect(left).rejects.toThrow()
  await vi.waitFor(async () => {
    expect(await counted(metricsUrl)).toEqual([
      '/embed small 200 1',
      '/v1/embeddings none 404 1',
      'other none 404 1',
      '/embed none 429 1',
      '/embed small 499 1',
    ])
  }, 60_000)
  const text = await (await fetch(metricsUrl!)).text()
  expect(text).toContain('embeddings_errors_total{model="none",code="overloaded"} 1\n')
})

test('counts what is no request, and by its own status what never came in full', async () => {
  const { url, metricsUrl } = await start(createTestApp(), { bodySeconds: 1, headerSeconds: 1 })
  const { port } = new URL(url)
  const started =
    'POST /embed HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{"in'
  for (const bytes of ['hello\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n', started]) {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
    undo.push(() => socket.destroy())
    await new Promise((resolve) => socket.once('close', resolve).resume().write(bytes))
  }
  await vi.waitFor(async () => {
    expect(await counted(metricsUrl)).toEqual(['other none 400 1', 'other none 405 1', '/embed none 408 1'])
  }, 60_000)
})

test('tells the bytes of each answer once, also of requests that came together', async () => {
  const lines: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
  undo.push(() => write.mockRestore())
  const { url } = await start(createTestApp(), { accessLog: true, metricsPort: undefined })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  undo.push(() => socket.destroy())
  let heard = 0
  socket.on('data', (bytes) => {
    heard += bytes.length
  })
  socket.write('GET /models HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(5))
  const logged = () => lines.filter((line) => line.startsWith('{"time"'))
  await eventually(() => expect(logged()).toHaveLength(5))
  const sum = logged().reduce((total, line) => total + Number(JSON.parse(line).sentBytes), 0)
  await eventually(() => expect(heard).toBe(sum))
})

test('serves metrics on their own port alone, and nothing else there', async () => {
  const { url, metricsUrl } = await start()
  expect((await fetch(`${url}/metrics`)).status).toBe(404)
  const { origin } = new URL(metricsUrl!)
  const answer = await fetch(`${origin}/metrics?format=text`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  expect((await fetch(`${origin}/embed`)).status).toBe(404)
  expect((await post(`${origin}/metrics`, {})).status).toBe(404)
})

test('says so when the port of the metrics is taken, before the API is open', async () => {
  const { metricsUrl } = await start()
  const metricsPort = Number(new URL(metricsUrl!).port)
  await expect(start(createTestApp(), { metricsPort })).rejects.toThrow(
    /choose others with METRICS_HOST and METRICS_PORT/,
  )
})

test('stops serving metrics with the rest', async () => {
  const server = await startServer(appAround(createTestApp()), { ...usual, metricsPort: 0 })
  expect(await server.stop()).toBe(true)
  await expect(fetch(server.metricsUrl!)).rejects.toThrow()
})

test('writes the access log to standard output, with the name of the token and without texts', async () => {
  const lines: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
  undo.push(() => write.mockRestore())
  const http = createTestApp({ namedTokens: [{ name: 'crm', token: 'secret-token' }] })
  const { url } = await start(http, { accessLog: true, metricsPort: undefined })
  await post(
    `${url}/embed?name=Li`,
    { input: '李女士的薪水' },
    { authorization: 'Bearer secret-token', 'x-request-id': 'r-7' },
  )
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('GET /health HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n')
  undo.push(() => socket.destroy())
  await eventually(() => expect(lines.filter((line) => line.startsWith('{"time"'))).toHaveLength(2))
  const [embedded, refused] = lines.filter((line) => line.startsWith('{"time"'))
  expect(JSON.parse(embedded!)).toMatchObject({
    requestId: 'r-7',
    caller: 'crm',
    method: 'POST',
    route: '/embed',
    status: 200,
    model: 'small',
    inputs: 1,
  })
  expect(JSON.parse(refused!)).toMatchObject({ route: null, status: 400 })
  expect(lines.join('')).not.toMatch(/李|Li|secret/)
})
