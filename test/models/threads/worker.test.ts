import { MessageChannel } from 'node:worker_threads'
import { afterEach, expect, test, vi } from 'vitest'
import type { Context } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import type { Engine } from '../../../src/models/engine/engine.ts'
import { serveEngine } from '../../../src/models/threads/worker.ts'
import {
  type AboutCall,
  type FromWorker,
  packError,
  type ToWorker,
  unpackError,
} from '../../../src/models/threads/worker-messages.ts'
import { createRecordingEngine } from '../../support/engines.ts'
import { eventually } from '../../support/eventually.ts'

const channels: MessageChannel[] = []

/** An engine served in this thread, and the other end of its port. */
function serve(engine: Engine) {
  const channel = new MessageChannel()
  channels.push(channel)
  serveEngine(channel.port2, engine)
  const messages: FromWorker[] = []
  /** What was said of calls, in whatever message. */
  const heard: AboutCall[] = []
  channel.port1.on('message', (message: FromWorker) => {
    messages.push(message)
    heard.push(...message.about)
  })
  const send = (...sent: readonly ToWorker[]) => channel.port1.postMessage(sent)
  return { messages, heard, send, port: channel.port1 }
}

const job = { model: 'small', inputs: ['abc'], options: { dimensions: 2 } }
const call = (id: number, parts: Partial<Extract<ToWorker, { kind: 'call' }>> = {}): ToWorker => ({
  kind: 'call',
  id,
  call: { kind: 'embed', job },
  requestId: 'r',
  deadline: Number.POSITIVE_INFINITY,
  ...parts,
})

afterEach(() => {
  for (const { port1 } of channels.splice(0)) port1.close()
})

test('hands vectors over instead of copying them', async () => {
  const engine = createRecordingEngine()
  const results: Float32Array[] = []
  const { messages, heard, send } = serve({
    ...engine,
    async embed(...parts) {
      const result = await engine.embed(...parts)
      results.push(result.vectors.data)
      return result
    },
  })
  send(call(7))
  await eventually(() => expect(heard).toHaveLength(1))
  expect(heard[0]).toMatchObject({
    kind: 'result',
    id: 7,
    result: { vectors: { data: Float32Array.of(3, 1), rows: 1, columns: 2 }, tokens: 3 },
  })
  expect(messages[0]!.usage).toMatchObject([{ model: 'small', loaded: true, memoryBytes: 100, loads: 1 }])
  expect(results.map((data) => data.byteLength)).toEqual([0])
})

test('answers a preload without vectors', async () => {
  const asked: unknown[] = []
  const { heard, send } = serve({
    ...createRecordingEngine(),
    preload: async (models) => void asked.push(models),
  })
  send(call(1, { call: { kind: 'preload', models: ['small', 'large'] } }))
  await eventually(() => expect(heard).toHaveLength(1))
  expect(heard[0]).toMatchObject({ kind: 'result', id: 1, result: undefined })
  expect(asked).toEqual([['small', 'large']])
})

test('hands down the request id, the deadline and the abort of each call', async () => {
  const contexts: Context[] = []
  const { heard, send } = serve({
    ...createRecordingEngine(),
    embed: (_, context) => {
      contexts.push(context)
      return new Promise((_resolve, reject) =>
        context.signal.addEventListener('abort', () => reject(new AppError('deadline_exceeded', 'gone'))),
      )
    },
  })
  send(call(1, { requestId: 'first', deadline: 12 }))
  send(call(2, { requestId: 'second' }))
  send({ kind: 'abort', id: 2 })
  send({ kind: 'abort', id: 99 })
  await eventually(() => expect(heard).toHaveLength(1))
  expect(heard[0]).toMatchObject({ kind: 'failure', id: 2, failure: { code: 'deadline_exceeded' } })
  expect(contexts.map(({ requestId, deadline, signal }) => [requestId, deadline, signal.aborted])).toEqual([
    ['first', 12, false],
    ['second', Number.POSITIVE_INFINITY, true],
  ])
})

test('a call that had to load waits to be let in again, and gives up when it is told to', async () => {
  const engine = createRecordingEngine()
  const { heard, send } = serve({
    ...engine,
    async embed(asked, context, place) {
      place!.leave()
      await place!.comeBack()
      return engine.embed(asked, context)
    },
  })
  send(call(1))
  send(call(2))
  await eventually(() => expect(heard).toHaveLength(4))
  expect(heard.map((message) => [message.kind, 'id' in message && message.id])).toEqual([
    ['loading', 1],
    ['loaded', 1],
    ['loading', 2],
    ['loaded', 2],
  ])
  expect(engine.jobs).toEqual([])
  send({ kind: 'go', id: 99 })
  send({ kind: 'go', id: 2 })
  send({ kind: 'abort', id: 1 })
  await eventually(() => expect(heard).toHaveLength(6))
  expect(heard.slice(4)).toContainEqual(expect.objectContaining({ kind: 'result', id: 2 }))
  expect(heard.slice(4)).toContainEqual(
    expect.objectContaining({ id: 1, failure: expect.objectContaining({ code: 'deadline_exceeded' }) }),
  )
  expect(engine.jobs).toHaveLength(1)
})

test('closes the engine, then its port', async () => {
  const close = vi.fn(async () => {})
  const { send, port } = serve({ ...createRecordingEngine(), close })
  const closed = new Promise((resolve) => port.once('close', resolve))
  send({ kind: 'close' })
  await closed
  expect(close).toHaveBeenCalledOnce()
})

test('an engine that cannot be closed says so, and its port is closed all the same', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  const close = () => Promise.reject(new RangeError('still leased'))
  const { send, port } = serve({ ...createRecordingEngine(), close })
  const closed = new Promise((resolve) => port.once('close', resolve))
  send({ kind: 'close' })
  await closed
  expect(said.mock.calls).toEqual([[expect.stringMatching(/could not be closed.*still leased/)]])
  said.mockRestore()
})

test('gives a sign of life when it is asked for one', async () => {
  const { messages, send } = serve(createRecordingEngine())
  send({ kind: 'ping' })
  await eventually(() => expect(messages).toEqual([{ about: [], usage: expect.any(Array) }]))
})

test('answers in one message what was asked in one and ends together', async () => {
  const { messages, send } = serve(createRecordingEngine())
  send(call(1), call(2, { call: { kind: 'preload', models: ['small'] } }), call(3))
  await eventually(() => expect(messages).toHaveLength(1))
  expect(messages[0]!.about.map(({ kind, id }) => [kind, id]).sort()).toEqual([
    ['result', 1],
    ['result', 2],
    ['result', 3],
  ])
})

test('a result that cannot be sent fails its own call alone', async () => {
  const engine = createRecordingEngine()
  const { heard, send } = serve({
    ...engine,
    // A function cannot be copied into another thread.
    embed: async (asked, context) => ({
      ...(await engine.embed(asked, context)),
      ...(asked.model === 'bad' && { later: () => {} }),
    }),
  })
  send(call(1), call(2, { call: { kind: 'embed', job: { ...job, model: 'bad' } } }), call(3))
  await eventually(() => expect(heard).toHaveLength(3))
  expect(heard.map(({ kind, id }) => [kind, id]).sort()).toEqual([
    ['failure', 2],
    ['result', 1],
    ['result', 3],
  ])
})

test('says what it has to say before it closes its port', async () => {
  const engine = createRecordingEngine()
  let end = () => {}
  const { heard, send, port } = serve({
    ...engine,
    embed: async (...parts) => {
      await new Promise<void>((resolve) => {
        end = resolve
      })
      return engine.embed(...parts)
    },
    async close() {
      end()
      // The answer comes about meanwhile, and no turn of the event loop ends.
      for (let wait = 0; wait < 100; wait++) await undefined
    },
  })
  const closed = new Promise((resolve) => port.once('close', resolve))
  send(call(1), { kind: 'close' })
  await closed
  expect(heard.map(({ kind, id }) => [kind, id])).toEqual([['result', 1]])
})

test('an error keeps its code, its facts and the text of its cause on the way', () => {
  const details = { field: 'input[1]', atLeastTokens: 9, nearest: ['a'] }
  const error = new AppError('input_too_long', 'Too long.', { details, cause: new RangeError('inner') })
  const arrived = unpackError(structuredClone(packError(error)))
  expect(arrived).toBeInstanceOf(AppError)
  expect(arrived).toMatchObject({ code: 'input_too_long', message: 'Too long.', details, retryable: false })
  expect(arrived.cause).toMatch(/RangeError: inner/)
  expect(unpackError(structuredClone(packError(new AppError('internal', 'm')))).cause).toBeUndefined()
  expect(packError('a text').code).toBe('internal')
})
