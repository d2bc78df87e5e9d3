import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Context } from '../../src/context.ts'
import type { HttpParts } from '../../src/http/app.ts'
import { createChatHandlers } from '../../src/lambda/chat-handlers.ts'
import { createChatApp } from '../support/chat.ts'
import { functionUrlEvent, httpApiEvent } from '../support/events.ts'
import { createFakeGenerator } from '../support/fake-generator.ts'
import { createFakeStreaming } from '../support/lambda-streams.ts'

const PATH = '/v1/chat/completions'
const asked = {
  model: 'fake-chat',
  messages: [{ role: 'user', content: 'Tell me a story.' }],
  max_tokens: 4,
}
const streamed = { ...asked, stream: true, stream_options: { include_usage: true } }
const byUrl = (body: object, method = 'POST') => {
  const event = functionUrlEvent({ rawPath: PATH, body: JSON.stringify(body), isBase64Encoded: false })
  event.requestContext.http.method = method
  return event
}
const byApi = (body: object) =>
  httpApiEvent({
    routeKey: `POST ${PATH}`,
    rawPath: `/prod${PATH}`,
    body: JSON.stringify(body),
    isBase64Encoded: false,
  })

type Before = (made: number, context: Context) => Promise<void> | void

function createDoor(before: Before = () => {}, parts: Partial<HttpParts> = {}) {
  const model = createFakeGenerator({ before })
  const http = createChatApp({ open: async () => model, parts })
  const fake = createFakeStreaming()
  const written: Context[] = []
  const writeMetrics = (context: Context) => void written.push(context)
  const { handler } = createChatHandlers({ http, writeMetrics, lambda: fake.lambda })
  return { model, handler, written, call: fake.call }
}

/** A gate before the token of this number. */
function gateAt(place: number) {
  let open = () => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  return { open, before: (made: number) => (made === place ? gate : undefined) }
}

const eventsIn = (body: string) => body.split('\n\n').slice(0, -1)
const textIn = (body: string) =>
  eventsIn(body)
    .filter((event) => event !== 'data: [DONE]')
    .map((event) => JSON.parse(event.slice('data: '.length)).choices[0]?.delta.content ?? '')
    .join('')

afterEach(() => void vi.useRealTimers())

describe('the door of chats behind a function URL that streams', () => {
  it('sends each piece while the next is made, then the end', async () => {
    const gate = gateAt(2)
    const { call, written } = createDoor(gate.before)
    const one = call(byUrl(streamed))
    await vi.waitFor(() => expect(textIn(one.soFar()?.body ?? '')).toBe('Once upon'), 10_000)
    expect(one.soFar()).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
    })
    expect([one.soFar()!.body.includes('[DONE]'), written.length]).toEqual([false, 0])
    gate.open()
    await one.done
    expect(textIn(one.soFar()!.body)).toBe('Once upon a time')
    expect(eventsIn(one.soFar()!.body).at(-1)).toBe('data: [DONE]')
    expect(written).toHaveLength(1)
  })

  it('sends an answer that does not stream as one piece of JSON', async () => {
    const one = createDoor().call(byUrl(asked))
    await one.done
    expect(one.soFar()!.headers['content-type']).toBe('application/json')
    expect(JSON.parse(one.soFar()!.body)).toMatchObject({
      choices: [{ message: { content: 'Once upon a time' }, finish_reason: 'length' }],
      usage: { prompt_tokens: 5, completion_tokens: 4 },
    })
  })

  it('stops the model when its reader goes', async () => {
    const gate = gateAt(2)
    const { call, model, written } = createDoor(gate.before)
    const one = call(byUrl(streamed))
    await vi.waitFor(() => expect(textIn(one.soFar()?.body ?? '')).toBe('Once upon'), 10_000)
    await one.leave()
    gate.open()
    await one.done
    await vi.waitFor(() => expect(model.live()).toBe(0), 10_000)
    expect(model.made()).toBe(2)
    // Somebody's leaving is no error of the model.
    const [[name, values]] = [...written[0]!.metrics.entries()] as [[string, ReadonlyMap<string, number>]]
    expect([name, values.get('Requests'), values.get('Errors')]).toEqual(['fake-chat', 1, undefined])
  })

  it('runs ahead of a reader who takes nothing by no more than a piece or two', async () => {
    const { call, model } = createDoor()
    const one = call(byUrl(streamed), { slow: true })
    await vi.waitFor(() => expect(model.made()).toBeGreaterThan(0), 10_000)
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(model.made()).toBeLessThanOrEqual(2)
    one.read()
    await one.done
    expect(textIn(one.soFar()!.body)).toBe('Once upon a time')
  })

  it('stops the model when the function’s time is up, and says so in the last event', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { call, model } = createDoor((made) => {
      if (made === 1) vi.setSystemTime(Date.now() + 10_000)
    })
    const one = call(byUrl(streamed), { remainingMs: 5000 })
    await one.done
    expect(model.made()).toBe(2)
    expect(JSON.parse(eventsIn(one.soFar()!.body).at(-1)!.slice('data: '.length)).error).toMatchObject({
      code: 'deadline_exceeded',
    })
  })

  it('asks for the token, and says what is wrong with a body, as the other doors do', async () => {
    const { call } = createDoor(() => {}, { token: 'open sesame' })
    const stranger = call(byUrl(streamed))
    await stranger.done
    expect(stranger.soFar()!.statusCode).toBe(401)
    const wrong = createDoor().call(byUrl({ ...asked, n: 2 }))
    await wrong.done
    expect(wrong.soFar()!.statusCode).toBe(400)
    expect(JSON.parse(wrong.soFar()!.body).error).toMatchObject({ param: 'n' })
  })

  it('sends the head of an answer that has no body', async () => {
    const { body: _, ...event } = byUrl(asked, 'OPTIONS')
    const one = createDoor().call(event)
    await one.done
    expect(one.soFar()).toMatchObject({ statusCode: 204, body: '', headers: { allow: 'POST, OPTIONS' } })
  })

  it('answers what is no request whole, as JSON without a head', async () => {
    const { call } = createDoor()
    const warm = call({ warmer: true })
    await warm.done
    expect(JSON.parse(warm.bytes())).toEqual({ warmed: [] })
    const direct = call(asked)
    await direct.done
    expect(JSON.parse(direct.bytes()).choices[0].message.content).toBe('Once upon a time')
    await expect(call({ ...asked, model: 'absent' }).done).rejects.toMatchObject({ name: 'unknown_model' })
  })
})

describe('the door of chats behind an HTTP API', () => {
  it('answers whole, and all events of an answer that streams at once', async () => {
    const { handler, written } = createDoor()
    const whole = (await handler(byApi(asked))) as { statusCode: number; body: string }
    expect(JSON.parse(whole.body).choices[0].message.content).toBe('Once upon a time')
    const events = (await handler(byApi(streamed))) as { body: string; isBase64Encoded: boolean }
    expect([textIn(events.body), eventsIn(events.body).at(-1)]).toEqual(['Once upon a time', 'data: [DONE]'])
    expect(events.isBase64Encoded).toBe(false)
    expect(written).toHaveLength(2)
  })

  it('takes a direct invocation for a conversation, and refuses to stream to it', async () => {
    const { handler } = createDoor()
    expect(await handler(asked)).toMatchObject({ object: 'chat.completion' })
    await expect(handler({ ...asked, stream: true })).rejects.toMatchObject({
      name: 'invalid_request',
      message: expect.stringMatching(/stream is true.*whole answer at once/),
    })
  })

  it('has no streaming handler where the runtime offers none', () => {
    const http = createChatApp({ open: async () => createFakeGenerator() })
    const { streaming, handler } = createChatHandlers({ http, writeMetrics: () => {}, lambda: undefined })
    expect([streaming, typeof handler]).toEqual([undefined, 'function'])
  })
})
