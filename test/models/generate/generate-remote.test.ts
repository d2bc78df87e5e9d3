import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { type Context, createContext } from '../../../src/context.ts'
import type { AppError } from '../../../src/errors.ts'
import type { Finish, GenerateOptions, Piece } from '../../../src/models/generate/generator.ts'
import type { Message } from '../../../src/models/generate/prompt.ts'
import { createRemoteGenerator } from '../../../src/models/generate/remote.ts'
import { completionsAddress } from '../../../src/models/generate/remote-address.ts'
import { readEvents } from '../../../src/models/generate/server-events.ts'

/** What a server was asked. */
interface Asked {
  readonly path: string | undefined
  readonly authorization: string | undefined
  readonly body: unknown
}

/** A server that answers every request in one way, and what it was asked. */
async function serverOf(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse((await buffer(request)).toString())
    asked.push({ path: request.url, authorization: request.headers.authorization, body })
    answer(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const generator = createRemoteGenerator({
    model: 'chatglm-6b',
    remoteModel: 'glm',
    endpoint: `http://${host}/v1/`,
    allow: [host],
    key: 'a-secret',
    contextTokens: 2048,
  })
  return { asked, generator }
}

const hello: Message[] = [{ role: 'user', content: 'Hello!' }]

async function collect(
  generator: ReturnType<typeof createRemoteGenerator>,
  options: GenerateOptions = { maxTokens: 8 },
  context: Context = createContext(),
): Promise<(Piece | Finish)[]> {
  const pieces: (Piece | Finish)[] = []
  for await (const piece of generator.generate(hello, options, context)) pieces.push(piece)
  return pieces
}

const refusalOf = async (work: Promise<unknown>): Promise<AppError> => {
  const error = await work.then(
    () => undefined,
    (cause: AppError) => cause,
  )
  if (!error) throw new Error('It was not refused.')
  return error
}

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
const said = (content: string, finish: string | null = null, more: object = {}) =>
  event({ choices: [{ index: 0, delta: { content }, finish_reason: finish, ...more }] })
const USAGE = event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2 } })
const DONE = 'data: [DONE]\n\n'

const streams =
  (...events: string[]) =>
  (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events.join(''))
  }

test('asks below the endpoint with the key, and gives pieces and what they took', async () => {
  const { asked, generator } = await serverOf(
    streams(said('Hi'), ': ping\n\n', said('.', 'stop'), USAGE, DONE),
  )
  expect(await collect(generator)).toEqual([
    { kind: 'text', text: 'Hi' },
    { kind: 'text', text: '.' },
    { kind: 'finish', reason: 'stop', usage: { promptTokens: 5, generatedTokens: 2 } },
  ])
  expect(asked).toEqual([
    {
      path: '/v1/chat/completions',
      authorization: 'Bearer a-secret',
      body: {
        model: 'glm',
        messages: hello,
        max_tokens: 8,
        stream: true,
        stream_options: { include_usage: true },
      },
    },
  ])
})

test('passes every option on under the names of that interface', async () => {
  const { asked, generator } = await serverOf(streams(said('{}', 'length'), DONE))
  const schema = { type: 'object' }
  const options = { maxTokens: 8, temperature: 0, topP: 0.5, seed: 3, stop: ['\n'], schema, topLogprobs: 2 }
  expect((await collect(generator, options)).at(-1)).toEqual({ kind: 'finish', reason: 'length' })
  expect(asked[0]!.body).toMatchObject({
    temperature: 0,
    top_p: 0.5,
    seed: 3,
    stop: ['\n'],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
    logprobs: true,
    top_logprobs: 2,
  })
})

test('tells how likely each token was, and leaves out what is no probability', async () => {
  const top_logprobs = [{ token: 'yes', logprob: -0.1 }, { token: 'no', logprob: -2.4 }, { token: 3 }]
  const logprobs = { content: [{ token: 'yes', logprob: -0.1, top_logprobs }, null] }
  const { generator } = await serverOf(streams(said('yes', 'stop', { logprobs }), DONE))
  const [piece] = await collect(generator, { maxTokens: 1, topLogprobs: 2 })
  expect(piece).toEqual({
    kind: 'text',
    text: 'yes',
    logprobs: [
      {
        token: 'yes',
        logprob: -0.1,
        top: [
          { token: 'yes', logprob: -0.1 },
          { token: 'no', logprob: -2.4 },
        ],
      },
    ],
  })
})

test.each<[string, number, string, Record<string, string>, string, boolean, RegExp]>([
  ['429', 429, '', { 'retry-after': '7' }, 'overloaded', true, /too much to do/],
  ['429 with a time that is none', 429, '', { 'retry-after': 'soon' }, 'overloaded', true, /too much to do/],
  ['413', 413, '', {}, 'input_too_long', false, /shorten/],
  ['400 for its context', 400, 'maximum context length is 8', {}, 'input_too_long', false, /shorten/],
  ['400 for an option', 400, 'bad seed', {}, 'upstream_failed', false, /answered 400; it may not serve/],
  ['401', 401, 'Incorrect key a-secret', {}, 'upstream_failed', false, /check its key/],
  ['404', 404, '', {}, 'upstream_failed', false, /the name of the model there/],
  ['a redirect', 302, '', { location: 'http://elsewhere.test/' }, 'upstream_failed', false, /not followed/],
  ['503', 503, 'x'.repeat(100_000), {}, 'upstream_failed', true, /answered 503; try again later/],
])(
  'says what %s of a server means, without its words',
  async (_, status, body, headers, code, retryable, sentence) => {
    const { generator } = await serverOf((response) => response.writeHead(status, headers).end(body))
    const error = await refusalOf(collect(generator))
    expect([error.code, error.retryable]).toEqual([code, retryable])
    expect(error.message).toMatch(sentence)
    expect(error.message + JSON.stringify(error.details) + error.cause).not.toContain('a-secret')
    if (headers['retry-after'] === '7') expect(error.details.retryAfterSeconds).toBe(7)
  },
)

test.each<[string, string[], RegExp]>([
  ['no JSON', ['data: {\n\n'], /no JSON/],
  ['no object', ['data: 1\n\n'], /no object/],
  [
    'an error in the midst',
    [said('a'), event({ error: { message: 'boom' } })],
    /ended its answer with an error/,
  ],
  ['no reason at the end', [said('a'), DONE], /without saying why/],
  ['nothing at all', [], /without saying why/],
])('refuses an answer with %s', async (_, events, sentence) => {
  const { generator } = await serverOf(streams(...events))
  const error = await refusalOf(collect(generator))
  expect(error.code).toBe('upstream_failed')
  expect(error.message).toMatch(sentence)
})

test('says that a server broke off, or cannot be reached', async () => {
  const { generator } = await serverOf((response) => {
    response.writeHead(200)
    response.write(said('a'), () => response.destroy())
  })
  expect((await refusalOf(collect(generator))).message).toMatch(/could not be reached, or broke off/)
})

test('ends with what there is when the time is up in the middle of an answer', async () => {
  const { generator } = await serverOf((response) => {
    response.writeHead(200)
    response.write(said('Once'))
  })
  // Long enough that the first piece is there on a busy machine.
  const context = createContext({ deadline: Date.now() + 3000 })
  expect(await collect(generator, { maxTokens: 8 }, context)).toEqual([
    { kind: 'text', text: 'Once' },
    { kind: 'finish', reason: 'deadline' },
  ])
})

test('runs out of time when nothing came before the deadline', async () => {
  const { generator } = await serverOf(() => {})
  const context = createContext({ deadline: Date.now() + 50 })
  expect((await refusalOf(collect(generator, { maxTokens: 8 }, context))).code).toBe('deadline_exceeded')
})

/** Something that happens later. */
function promised(): { done: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const done = new Promise<void>((settle) => {
    resolve = settle
  })
  return { done, resolve }
}

test('gives nothing to a caller who has gone, and lets go of the server', async () => {
  const closed = promised()
  const { generator } = await serverOf((response) => {
    response.on('close', closed.resolve)
    response.writeHead(200)
    response.write(said('Once'))
  })
  const controller = new AbortController()
  const pieces = generator.generate(hello, { maxTokens: 8 }, createContext({ signal: controller.signal }))
  const iterator = pieces[Symbol.asyncIterator]()
  expect((await iterator.next()).value).toEqual({ kind: 'text', text: 'Once' })
  controller.abort()
  await expect(iterator.next()).rejects.toMatchObject({ code: 'deadline_exceeded' })
  await closed.done
})

test('lets go of the server when nobody reads on', async () => {
  const closed = promised()
  const { generator } = await serverOf((response) => {
    response.on('close', closed.resolve)
    response.writeHead(200)
    response.write(said('Once'))
  })
  const texts: string[] = []
  for await (const piece of generator.generate(hello, { maxTokens: 8 }, createContext())) {
    if (piece.kind === 'text') texts.push(piece.text)
    break
  }
  await closed.done
  expect(texts).toEqual(['Once'])
})

test.each<[string, string[], RegExp]>([
  ['nonsense', [], /is no address/],
  ['https://me:pw@host.test/v1', ['host.test'], /name or a password/],
  ['http://host.test/v1', ['host.test'], /unencrypted; give https:\/\/, or http:\/\/host.test in GENERATE_/],
  ['http://host.test:81/v1', ['http://host.test'], /unencrypted; give .* http:\/\/host.test:81 in/],
  ['ftp://host.test/v1', ['host.test'], /begins with ftp:\/\/; expected https/],
  ['https://host.test/v1', ['other.test'], /names the host host.test, which is none of those allowed/],
  ['https://host.test:8443/v1', ['host.test'], /names the host host.test:8443/],
])('refuses to ask %s', (endpoint, allow, sentence) => {
  expect(() => completionsAddress(endpoint, allow)).toThrow(sentence)
})

test('keeps the query of an endpoint, as Azure has one', () => {
  const url = completionsAddress('https://host.test/openai/v1/?api-version=1', ['host.test'])
  expect(url.href).toBe('https://host.test/openai/v1/chat/completions?api-version=1')
})

test('sends texts unencrypted only to a host that is allowed as such', () => {
  const url = completionsAddress('http://vllm.models:8000/v1', ['http://vllm.models:8000'])
  expect(url.href).toBe('http://vllm.models:8000/v1/chat/completions')
})

async function* cut(bytes: Uint8Array, sizes: readonly number[]) {
  let start = 0
  for (const size of [...sizes, bytes.length]) {
    yield bytes.subarray(start, start + size)
    start += size
  }
}

async function eventsOf(stream: AsyncIterable<Uint8Array>, most = 1000): Promise<string[]> {
  const events: string[] = []
  for await (const data of readEvents(stream, most)) events.push(data)
  return events
}

test('reads the same events wherever their bytes are cut', async () => {
  const text = 'data: {"a":"是"}\r\n\r\n: ping\n\nevent: x\ndata:one\ndata: two 😀\n\nid: 3\n\ndata: [DONE]'
  const bytes = new TextEncoder().encode(text)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }), async (sizes) => {
      expect(await eventsOf(cut(bytes, sizes))).toEqual(['{"a":"是"}', 'one\ntwo 😀', '[DONE]'])
    }),
  )
})

test('refuses a stream without end, and a line without end', async () => {
  await expect(eventsOf(cut(new Uint8Array(2000).fill(10), []))).rejects.toMatchObject({
    code: 'upstream_failed',
  })
  const line = new Uint8Array(1024 * 1024 + 1).fill(97)
  await expect(eventsOf(cut(line, []), 10_000_000)).rejects.toMatchObject({ code: 'upstream_failed' })
})
