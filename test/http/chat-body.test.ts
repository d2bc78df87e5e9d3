import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { OpenAI } from 'openai'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AppError } from '../../src/errors.ts'
import { completionOf, firstChunk, lastChunks, pieceChunk } from '../../src/http/chat-answer.ts'
import { planOfChat } from '../../src/http/chat-body.ts'
import { chatChunk, chatResponse } from '../../src/http/chat-schemas.ts'
import type { Finish, Piece } from '../../src/models/generate/generator.ts'

const hello = { role: 'user', content: 'Hello!' }
const least = { model: 'smollm2-135m', messages: [hello] }

const plan = (body: unknown) => planOfChat(body, 256, () => {})

function refusalOf(body: unknown): AppError {
  try {
    plan(body)
  } catch (error) {
    return error as AppError
  }
  throw new Error('It was not refused.')
}

describe('a body of POST /v1/chat/completions', () => {
  it('needs a model and messages alone', () => {
    expect(plan(least)).toEqual({
      model: 'smollm2-135m',
      messages: [hello],
      options: { maxTokens: 256 },
      stream: false,
      includeUsage: false,
    })
  })

  it('gives every option that is served to the generator', () => {
    const schema = { type: 'object' }
    const body = {
      ...least,
      max_completion_tokens: 5,
      temperature: 0,
      top_p: 1,
      seed: 7,
      stop: '\n',
      stream: true,
      stream_options: { include_usage: true },
      response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema } },
      logprobs: true,
      top_logprobs: 20,
    }
    expect(plan(body)).toMatchObject({
      options: { maxTokens: 5, temperature: 0, topP: 1, seed: 7, stop: ['\n'], schema, topLogprobs: 20 },
      stream: true,
      includeUsage: true,
    })
  })

  it('reads parts of text as one text, and what OpenAI calls developer as system', () => {
    const content = [
      { type: 'text', text: 'Be ' },
      { type: 'text', text: 'brief.' },
    ]
    expect(plan({ ...least, messages: [{ role: 'developer', content }, hello] }).messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      hello,
    ])
  })

  it.each<[string, object, object]>([
    ['the older name of its tokens', { max_tokens: 3 }, { maxTokens: 3 }],
    ['both names with the same number', { max_tokens: 3, max_completion_tokens: 3 }, { maxTokens: 3 }],
    [
      'any JSON object',
      { response_format: { type: 'json_object' } },
      { maxTokens: 256, schema: { type: 'object' } },
    ],
    ['plain text', { response_format: { type: 'text' } }, { maxTokens: 256 }],
    ['probabilities without alternatives', { logprobs: true }, { maxTokens: 256, topLogprobs: 0 }],
    ['null for what is absent', { temperature: null, n: null, tools: null, stop: null }, { maxTokens: 256 }],
    [
      'what means nothing',
      { n: 1, tools: [], tool_choice: 'none', modalities: ['text'] },
      { maxTokens: 256 },
    ],
  ])('may ask for %s', (_, fields, options) => {
    expect(plan({ ...least, ...fields }).options).toEqual(options)
  })

  it('names what it does not read in a header', () => {
    const headers: Record<string, string> = {}
    planOfChat({ ...least, presence_penalty: 1, user: 'me' }, 256, (name, value) => {
      headers[name] = value
    })
    expect(headers['x-ignored-fields']).toBe('presence_penalty, user')
  })

  it('knows the fields of every form of response_format, and names others by their place', () => {
    const ignoredOf = (schema: object) => {
      const names: string[] = []
      const response_format = { type: 'json_schema', json_schema: { name: 'a', schema: {}, ...schema } }
      planOfChat({ ...least, response_format }, 256, (_, value) => names.push(value))
      return names
    }
    expect(ignoredOf({ strict: true })).toEqual([])
    expect(ignoredOf({ description: 'Of a person' })).toEqual(['response_format.json_schema.description'])
  })

  const image = { type: 'image_url', image_url: { url: 'data:' } }
  const format = (schema: unknown) => ({ type: 'json_schema', json_schema: { name: 'a', schema } })

  it.each<[string, unknown]>([
    ['body', []],
    ['model', { messages: [hello] }],
    ['model', { ...least, model: '' }],
    ['messages', { model: 'a' }],
    ['messages', { ...least, messages: [] }],
    ['messages', { ...least, messages: 'Hello!' }],
    ['messages', { ...least, messages: Array.from({ length: 1025 }, () => hello) }],
    ['messages[0].role', { ...least, messages: [{ ...hello, role: 'tool' }] }],
    ['messages[0].content', { ...least, messages: [{ role: 'assistant', content: null }] }],
    ['messages[0].content', { ...least, messages: [{ ...hello, content: 'a\0' }] }],
    ['messages[0].content', { ...least, messages: [{ ...hello, content: 'a\uD83D' }] }],
    [
      'messages[0].content[1].type',
      { ...least, messages: [{ ...hello, content: [{ type: 'text', text: 'a' }, image] }] },
    ],
    ['messages[0].tool_calls', { ...least, messages: [{ ...hello, tool_calls: [{}] }] }],
    ['max_tokens', { ...least, max_tokens: 0 }],
    ['max_tokens', { ...least, max_tokens: 3, max_completion_tokens: 4 }],
    ['max_completion_tokens', { ...least, max_completion_tokens: 1.5 }],
    ['temperature', { ...least, temperature: 2.1 }],
    ['top_p', { ...least, top_p: 0 }],
    ['seed', { ...least, seed: -1 }],
    ['stop', { ...least, stop: ['a', 'b', 'c', 'd', 'e'] }],
    ['stop', { ...least, stop: '' }],
    ['stop[1]', { ...least, stop: ['a', ''] }],
    ['stream', { ...least, stream: 'yes' }],
    ['stream_options', { ...least, stream_options: { include_usage: true } }],
    ['stream_options.include_usage', { ...least, stream: true, stream_options: { include_usage: 1 } }],
    ['response_format.type', { ...least, response_format: { type: 'xml' } }],
    ['response_format.json_schema', { ...least, response_format: { type: 'json_schema' } }],
    ['response_format.json_schema.schema', { ...least, response_format: format('object') }],
    [
      'response_format.json_schema.schema',
      { ...least, response_format: format({ title: 'x'.repeat(65_536) }) },
    ],
    ['logprobs', { ...least, logprobs: 1 }],
    ['top_logprobs', { ...least, logprobs: true, top_logprobs: 21 }],
    ['top_logprobs', { ...least, top_logprobs: 2 }],
    ['n', { ...least, n: 2 }],
    ['tools', { ...least, tools: [{ type: 'function' }] }],
    ['tool_choice', { ...least, tool_choice: 'auto' }],
    ['functions', { ...least, functions: [{}] }],
    ['function_call', { ...least, function_call: 'auto' }],
    ['audio', { ...least, audio: { voice: 'alloy' } }],
    ['modalities[1]', { ...least, modalities: ['text', 'audio'] }],
  ])('is refused by its field %s', (field, body) => {
    const error = refusalOf(body)
    expect([error.code, error.details.field]).toEqual(['invalid_request', field])
    expect(error.message.endsWith('.')).toBe(true)
  })
})

const PIECES: readonly Piece[] = [
  {
    kind: 'text',
    text: '{"a":',
    logprobs: [{ token: '{"a":', logprob: -0.5, top: [{ token: '是', logprob: -1 }] }],
  },
  { kind: 'text', text: ' 1}' },
]
const FINISH: Finish = { kind: 'finish', reason: 'stop', usage: { promptTokens: 9, generatedTokens: 2 } }
const HEAD = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'smollm2-135m' }

/** OpenAI's client before a server that answers with the pieces, whatever it is asked. */
async function clientOf(finish: Finish): Promise<OpenAI> {
  const server = createServer(async (request, response) => {
    const { stream, includeUsage } = plan(await json(request))
    if (!stream) {
      const body = completionOf(HEAD, PIECES, finish)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return
    }
    const chunks = [
      firstChunk(HEAD),
      ...PIECES.map((piece) => pieceChunk(HEAD, piece)),
      ...lastChunks(HEAD, finish, includeUsage),
    ]
    const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(events.map((data) => `data: ${data}\n\n`).join(''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'none', maxRetries: 0 })
}

describe('an answer of POST /v1/chat/completions', () => {
  const asked = { model: 'smollm2-135m', messages: [{ role: 'user' as const, content: 'Hello!' }] }

  it("is read whole by OpenAI's own client, with its probabilities and what it took", async () => {
    const client = await clientOf(FINISH)
    const answer = await client.chat.completions.create({ ...asked, logprobs: true, top_logprobs: 1 })
    expect(answer.choices[0]).toMatchObject({ message: { content: '{"a": 1}' }, finish_reason: 'stop' })
    expect(answer.choices[0]!.logprobs?.content?.[0]?.top_logprobs).toEqual([
      { token: '是', logprob: -1, bytes: [0xe6, 0x98, 0xaf] },
    ])
    expect(answer.usage).toEqual({ prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 })
  })

  it("is read piece by piece by OpenAI's own client", async () => {
    const client = await clientOf(FINISH)
    const stream = await client.chat.completions.create({
      ...asked,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('')).toBe('{"a": 1}')
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 11 } })
  })

  it('is of a schema read into an object by the helper of that client', async () => {
    const client = await clientOf(FINISH)
    const answer = await client.chat.completions.parse({
      ...asked,
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } },
    })
    expect(answer.choices[0]!.message.content).toBe('{"a": 1}')
  })

  it.each<[Finish['reason'], string]>([
    ['stop', 'stop'],
    ['length', 'length'],
    ['deadline', 'length'],
  ])('that ended by %s says %s, and leaves out what nobody counted', (reason, said) => {
    const finish: Finish = { kind: 'finish', reason }
    const body = completionOf(HEAD, PIECES, finish)
    expect([body.choices[0]!.finish_reason, 'usage' in body]).toEqual([said, false])
    expect(lastChunks(HEAD, finish, true).map(({ choices: [choice] }) => choice?.finish_reason)).toEqual([
      said,
    ])
  })

  it('has the shapes that are documented', () => {
    expect(v.is(chatResponse, completionOf(HEAD, PIECES, FINISH))).toBe(true)
    const chunks = [firstChunk(HEAD), pieceChunk(HEAD, PIECES[0]!), ...lastChunks(HEAD, FINISH, true)]
    expect(chunks.filter((chunk) => !v.is(chatChunk, chunk))).toEqual([])
  })
})
