import { describe, expect, it, vi } from 'vitest'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { pieceChunk } from '../../src/http/chat-answer.ts'
import { createChatApp, eventsOf } from '../support/chat.ts'
import { createFakeGenerator } from '../support/fake-generator.ts'
import { askedFor, get, post } from '../support/http.ts'

const hello = { role: 'user', content: 'Tell me a story.' }
const least = { model: 'fake-chat', messages: [hello], max_tokens: 3 }
const PATH = '/v1/chat/completions'

const appWith = (before?: () => Promise<void> | void) =>
  createChatApp({ open: async () => createFakeGenerator(before ? { before } : {}) })

async function refused(app: ReturnType<typeof appWith>, body: object) {
  const response = await app.fetch(post(PATH, body))
  return { status: response.status, error: ((await response.json()) as { error: object }).error }
}

describe('POST /v1/chat/completions', () => {
  it('answers a conversation in one piece', async () => {
    const response = await appWith().fetch(post(PATH, least))
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^chatcmpl-[\w-]{36}$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'fake-chat',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Once upon a', refusal: null },
          logprobs: null,
          finish_reason: 'length',
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
    })
    expect(response.headers.get('content-type')).toBe('application/json')
  })

  it('streams the same answer as events, whose last is [DONE]', async () => {
    const body = { ...least, stream: true, stream_options: { include_usage: true } }
    const response = await appWith().fetch(post(PATH, body))
    const events = await eventsOf(response)
    const chunks = events.slice(0, -1).map((data) => JSON.parse(data))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(events.at(-1)).toBe('[DONE]')
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('')).toBe('Once upon a')
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(['length'])
    expect(chunks.at(-1).usage).toEqual({ prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 })
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
  })

  it('gives options to the model: stop texts, a schema, probabilities', async () => {
    const ask = async (more: object) => {
      const response = await appWith().fetch(post(PATH, { ...least, max_tokens: 40, ...more }))
      return ((await response.json()) as { choices: [object] }).choices[0]
    }
    const schema = { type: 'object', properties: { job: { type: 'string' }, years: { type: 'integer' } } }
    const format = { type: 'json_schema', json_schema: { name: 'a', schema } }
    expect(await ask({ stop: [' time'] })).toMatchObject({
      message: { content: 'Once upon a' },
      finish_reason: 'stop',
    })
    expect(await ask({ response_format: format })).toMatchObject({
      message: { content: '{"job":"nurse","years":3}' },
    })
    expect(await ask({ max_tokens: 1, logprobs: true, top_logprobs: 2 })).toMatchObject({
      logprobs: { content: [{ token: 'Once', logprob: -0.25, top_logprobs: [{ token: 'Once' }, {}] }] },
    })
  })

  it.each([
    ['n', { n: 2 }],
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }],
  ])('refuses what is not served and names it: %s', async (field, fields) => {
    const { status, error } = await refused(appWith(), { ...least, ...fields })
    expect([status, error]).toEqual([400, expect.objectContaining({ param: field, code: 'invalid_request' })])
  })

  it('says which model an alias is, in its answer and a header', async () => {
    const names = ['fake-old', 'owner/fake-chat', 'fake-chat']
    const answers = await Promise.all(names.map((model) => appWith().fetch(post(PATH, { ...least, model }))))
    for (const answer of answers) expect(await answer.json()).toMatchObject({ model: 'fake-chat' })
    expect(answers.map(({ headers }) => headers.get('x-warning'))).toEqual([
      'fake-old is the model fake-chat; GET /models says why.',
      null,
      null,
    ])
  })

  it('has no bytes for a token that is a part of a character', async () => {
    const token = { token: '\uFFFD', logprob: -1, top: [{ token: '护', logprob: -2 }] }
    const piece = { kind: 'text', text: '护', logprobs: [token] } as const
    expect(pieceChunk({ id: 'a', created: 1, model: 'm' }, piece).choices[0]!.logprobs).toEqual({
      content: [
        {
          token: '\uFFFD',
          logprob: -1,
          bytes: null,
          top_logprobs: [{ token: '护', logprob: -2, bytes: [230, 138, 164] }],
        },
      ],
    })
  })

  it('refuses a model that is none, and a conversation beyond the context, before any event', async () => {
    const unknown = await refused(appWith(), { ...least, model: 'gpt-4o', stream: true })
    const content = 'word '.repeat(100)
    const long = await refused(appWith(), { ...least, messages: [{ ...hello, content }], stream: true })
    expect([unknown.status, unknown.error]).toEqual([
      404,
      expect.objectContaining({ code: 'model_not_found', param: 'model' }),
    ])
    expect([long.status, long.error]).toEqual([413, expect.objectContaining({ code: 'input_too_long' })])
  })

  it('tells a failure in the midst of a stream in its last event, and the log', async () => {
    const errors: AppError[] = []
    let tokens = 0
    const app = createChatApp({
      open: async () =>
        createFakeGenerator({
          before() {
            if (++tokens > 2) throw new AppError('inference_failed', 'The model /srv/models/a.gguf failed.')
          },
        }),
      parts: { onError: (error) => errors.push(error) },
    })
    const context = createContext()
    const response = await app.fetch(post(PATH, { ...least, stream: true }), context)
    const events = await eventsOf(response)
    expect(response.status).toBe(200)
    expect(JSON.parse(events.at(-1)!)).toEqual({
      error: {
        message: 'The model …/a.gguf failed.',
        type: 'server_error',
        param: null,
        code: 'inference_failed',
      },
    })
    expect(events.slice(0, -1).every((data) => 'choices' in JSON.parse(data))).toBe(true)
    expect(errors.map(({ message }) => message)).toEqual(['The model /srv/models/a.gguf failed.'])
    expect(Object.fromEntries([...context.metrics.entries()][0]![1])).toMatchObject({
      Requests: 1,
      Errors: 1,
    })
  })

  it('says in its status why a model cannot be opened, also where a stream was asked for', async () => {
    const open = async () => {
      throw new AppError('artifact_missing', 'Model fake-chat was never pulled.')
    }
    for (const stream of [true, false]) {
      const { status, error } = await refused(createChatApp({ open }), { ...least, stream })
      expect([status, error]).toEqual([503, expect.objectContaining({ code: 'artifact_missing' })])
    }
  })

  it('refuses an answer that is too large to be delivered, and a stream has no such end', async () => {
    const open = async () => createFakeGenerator()
    const app = createChatApp({ open, maxResponseBytes: 80 })
    const { status, error } = await refused(app, { ...least, max_tokens: 12 })
    expect([status, error]).toEqual([413, expect.objectContaining({ code: 'payload_too_large' })])
    const response = await app.fetch(post(PATH, { ...least, max_tokens: 12, stream: true }))
    expect((await eventsOf(response)).at(-1)).toBe('[DONE]')
  })

  it('answers when the engine of vectors takes no more work', async () => {
    const full = () => new AppError('overloaded', 'Too many wait.')
    const app = createChatApp({ open: async () => createFakeGenerator(), parts: { full } })
    expect((await app.fetch(post(PATH, least))).status).toBe(200)
    expect(app.busy(askedFor('POST', PATH))).toBeUndefined()
    expect(app.busy(askedFor('POST', '/embed'))?.status).toBe(429)
  })

  it('is in the OpenAPI document of the doors that have it', async () => {
    const { paths } = (await (await appWith().fetch(get('/openapi.json'))).json()) as { paths: object }
    expect(paths).toHaveProperty([PATH, 'post', 'requestBody'])
  })
})

describe('the reader of a streamed answer', () => {
  const streamOf = async (app: ReturnType<typeof appWith>, signal = new AbortController().signal) => {
    const body = { ...least, max_tokens: 12, stream: true }
    const response = await app.fetch(post(PATH, body), createContext({ signal }))
    return response.body!.getReader()
  }

  it('hears from a model whose first token takes longer than a load balancer waits, and of its failure', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let fail: ((error: Error) => void) | undefined
    const app = appWith(() => new Promise<void>((_, reject) => (fail = reject)))
    const answer = app.fetch(post(PATH, { ...least, stream: true }))
    await vi.waitUntil(() => fail)
    await vi.advanceTimersByTimeAsync(15_000)
    const response = await answer
    expect(response.status).toBe(200)
    fail?.(new AppError('inference_failed', 'The model broke.'))
    const events = await eventsOf(response)
    expect(JSON.parse(events.at(-1)!)).toMatchObject({ error: { code: 'inference_failed' } })
    vi.useRealTimers()
  })

  it('has the next token made when it has taken those before', async () => {
    const generator = createFakeGenerator()
    const reader = await streamOf(createChatApp({ open: async () => generator }))
    const made = [generator.made()]
    for (let reads = 0; reads < 4; reads++) {
      await reader.read()
      made.push(generator.made())
    }
    // The first token is made before the head of the answer goes out, and the first event is about no token.
    expect(made).toEqual([1, 1, 1, 2, 3])
  })

  it('stops the model by going away, between two tokens and in the midst of one', async () => {
    const generator = createFakeGenerator()
    const between = await streamOf(createChatApp({ open: async () => generator }))
    await between.read()
    await between.cancel()
    expect([generator.made(), generator.live()]).toEqual([1, 0])

    const client = new AbortController()
    const stuck = createFakeGenerator({
      before: (made, { signal }) =>
        new Promise<void>((resolve) => {
          if (made < 1) resolve()
          else signal.addEventListener('abort', () => resolve())
        }),
    })
    let left = 0
    const app = createChatApp({ open: async () => stuck, parts: { onLeft: () => void left++ } })
    const within = await streamOf(app, client.signal)
    await within.read()
    await within.read()
    const pending = within.read()
    client.abort()
    await pending
    expect([stuck.made(), stuck.live(), left]).toEqual([1, 0, 1])
  })
})
