import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { createTestApp, post } from '../support/http.ts'

function connect(parts: Parameters<typeof createTestApp>[0] = {}) {
  const app = createTestApp(parts)
  const asked: unknown[] = []
  const client = new OpenAI({
    baseURL: 'http://localhost/v1',
    apiKey: 'secret',
    maxRetries: 0,
    fetch: async (url, init) => {
      if (init?.body) asked.push(JSON.parse(String(init.body)))
      return app.fetch(new Request(url as string, init as RequestInit))
    },
  })
  return { app, client, asked }
}

test('the official client reads vectors, which it asks for as base64', async () => {
  const { client, asked } = connect()
  const { data, usage, model } = await client.embeddings.create({ model: 'fast', input: ['ab', 'abc'] })
  expect(asked).toEqual([{ model: 'fast', input: ['ab', 'abc'], encoding_format: 'base64' }])
  expect(data.map(({ embedding }) => [...embedding])).toEqual([
    [2, 1, 0, 0],
    [3, 1, 0, 0],
  ])
  expect(data.map(({ index, object }) => [index, object])).toEqual([
    [0, 'embedding'],
    [1, 'embedding'],
  ])
  expect([usage, model]).toEqual([{ prompt_tokens: 5, total_tokens: 5 }, 'small'])
})

test('the official client reads floats, cut to the dimensions it wants', async () => {
  const { client } = connect()
  const request = { model: 'small', input: 'ab', encoding_format: 'float', dimensions: 2, user: 'u' } as const
  const { data } = await client.embeddings.create(request)
  expect(data[0]!.embedding).toEqual([2, 1])
})

test("the official client may send token ids of the model's own vocabulary", async () => {
  const { app, client } = connect()
  const headers = { 'x-token-ids': 'model' }
  await client.embeddings.create({ model: 'small', input: [1, 2, 3] }, { headers })
  await client.embeddings.create({ model: 'small', input: [[1], [2, 3]] }, { headers })
  expect(app.engine.jobs.map((job) => job.inputs)).toEqual([[[1, 2, 3]], [[1], [2, 3]]])
})

test('the official client lists models and aliases, and asks for one', async () => {
  const { client } = connect()
  const ids = []
  for await (const model of client.models.list()) ids.push(model.id)
  expect(ids).toEqual(['small', 'fast', 'wide', 'large', 'cross', 'writer'])
  expect(await client.models.retrieve('fast')).toMatchObject({ id: 'fast', object: 'model' })
})

test('the official client throws its own errors', async () => {
  const { client } = connect({ token: 'another' })
  await expect(client.embeddings.create({ model: 'small', input: 'a' })).rejects.toThrow(
    expect.objectContaining({ status: 401, code: 'invalid_api_key', type: 'authentication_error' }),
  )
  await expect(connect().client.embeddings.create({ model: 'smal', input: 'a' })).rejects.toThrow(
    expect.objectContaining({
      constructor: OpenAI.NotFoundError,
      code: 'model_not_found',
      param: 'model',
      message: expect.stringContaining('did you mean "small"'),
    }),
  )
})

test('lets fields through that it does not know', async () => {
  const response = await createTestApp().fetch(
    post('/v1/embeddings', { model: 'small', input: 'a', service_tier: 'auto' }),
  )
  expect(response.status).toBe(200)
})

test.each([
  [{ input: 'a' }, 400, 'model', 'invalid_request'],
  [{ model: 'small', input: '' }, 400, 'input', 'empty_input'],
  [{ model: 'small', input: 'a', encoding_format: 'hex' }, 400, 'encoding_format', 'invalid_request'],
  [{ model: 'cross', input: 'a' }, 422, 'model', 'unsupported_task'],
  ['{', 400, null, 'invalid_request'],
])('nests the error of %j', async (body, status, param, code) => {
  const response = await createTestApp().fetch(post('/v1/embeddings', body))
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual({
    error: { message: expect.any(String), type: 'invalid_request_error', param, code },
  })
})

test('nests the error of a route that it does not have', async () => {
  const response = await createTestApp().fetch(post('/v1/chat/completions', {}))
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param: null } })
})
