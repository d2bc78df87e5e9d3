import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import type { HttpApp } from '../../src/http/app.ts'
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

async function start(http: HttpApp): Promise<string> {
  const server = await startServer(appAround(http), usual)
  undo.push(() => server.stop())
  return server.url
}

/** A server whose engine waits for `proceed`. */
async function startHeld() {
  const { engine, ...http } = createTestApp()
  const run = engine.embed
  let proceed = () => {}
  const gate = new Promise<void>((resolve) => {
    proceed = resolve
  })
  const signals: (AbortSignal | undefined)[] = []
  engine.embed = async (job, context) => {
    signals.push(context.signal)
    await gate
    return run(job, context)
  }
  return { url: await start(http), signals, proceed }
}

const embed = (version: string, more = '') =>
  `POST /embed HTTP/${version}\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 13\r\n${more}\r\n{"input":"a"}`

test.each([
  ['HTTP/1.1, with interim answers meanwhile', '1.1', /^(HTTP\/1\.1 100 Continue\r\n\r\n)+$/],
  ['HTTP/1.0, which knows none', '1.0', /^$/],
])('answers a client that closes its end behind the request: %s', async (_, version, meanwhile) => {
  const { url, signals, proceed } = await startHeld()
  const { socket, heard, isClosed } = await dial(url)
  socket.end(embed(version) + embed(version).repeat(version === '1.1' ? 1 : 0))
  await eventually(() => expect(signals[0]).toBeDefined())
  // A second connection, so that the end of the first one has been heard, too.
  await fetch(`${url}/health`)
  await eventually(() => expect(heard()).toMatch(meanwhile))
  expect([isClosed(), signals[0]!.aborted]).toEqual([false, false])
  proceed()
  await eventually(() => expect(isClosed()).toBe(true))
  expect(heard().match(/ 200 OK\r\n[\s\S]*?"embeddings"/g)).toHaveLength(version === '1.1' ? 2 : 1)
})

test.each([
  ['HTTP/1.1', embed('1.1')],
  ['HTTP/1.0 through nginx', embed('1.0', 'connection: close\r\n')],
])('tells the engine when a client of %s has gone', async (_, request) => {
  const { url, signals } = await startHeld()
  const { socket } = await dial(url)
  socket.write(request)
  await eventually(() => expect(signals[0]).toBeDefined())
  socket.destroy()
  await eventually(() => expect(signals[0]!.aborted).toBe(true))
})

test('ends a stream whose reader has gone before the next event', async () => {
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from('data: 1\n\n')),
    cancel() {
      cancelled = true
    },
  })
  const http = createTestApp()
  const url = await start({ ...http, plain: () => async () => ({ status: 200, headers: {}, body }) })
  const { socket, heard } = await dial(url)
  socket.write(embed('1.1'))
  await eventually(() => expect(heard()).toContain('data: 1'))
  socket.destroy()
  await eventually(() => expect(cancelled).toBe(true))
})
