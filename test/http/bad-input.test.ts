import { expect, test } from 'vitest'
import { createTestApp, get, post } from '../support/http.ts'

const app = createTestApp()

async function errorOf(request: Request) {
  const response = await app.fetch(request)
  const { error } = (await response.json()) as { error: Record<string, unknown> }
  expect(app.engine.jobs).toEqual([])
  expect(error.requestId).toBe(response.headers.get('x-request-id'))
  expect(JSON.stringify(error)).not.toMatch(/\.ts:|node_modules/)
  return { status: response.status, response, ...error } as {
    status: number
    response: Response
    code: string
    message: string
    details: Record<string, unknown>
  }
}

test.each([
  ['nothing', {}, 'input', /is missing; expected text, a list of texts/],
  ['null', { input: null }, 'input', /is null/],
  ['a number', { input: 5 }, 'input', /is 5/],
  ['a number among texts', { input: ['a', 5] }, 'input[1]', /input\[1\] is 5; expected string/],
  ['an object among texts', { input: ['a', 'b', {}] }, 'input[2]', /is an object/],
  ['a negative token id', { input: [[1], [2, -3]] }, 'input[1][1]', /at least 0/],
  ['a fraction among token ids', { input: [1.5] }, 'input[0]', /whole number/],
  ['a lone surrogate', { input: ['a', 'b\ud800'] }, 'input[1]', /half of a surrogate pair at offset 1/],
  ['a null character', { input: 'a\0b' }, 'input', /a null character at offset 1/],
  ['a misspelled field', { input: 'a', dimension: 2 }, 'dimension', /did you mean "dimensions"/],
  ['a field from nowhere', { input: 'a', xyzzy: 2 }, 'xyzzy', /is unknown; expected input, model, role/],
  ['a prototype', '{"input": "a", "__proto__": {"x": 1}}', '__proto__', /is unknown/],
  ['a wrong role', { input: 'a', role: 'admin' }, 'role', /is "admin"; expected .*query/],
  ['a wrong encoding', { input: 'a', encoding: 'x'.repeat(99) }, 'encoding', /is a text of 99 characters/],
  [
    'a wrong truncation',
    { input: 'a', truncate: true },
    'truncate',
    /is true; expected "end", "start" or false/,
  ],
  ['dimensions of 0', { input: 'a', dimensions: 0 }, 'dimensions', /at least 1/],
  ['dimensions of a text', { input: 'a', dimensions: '2' }, 'dimensions', /is "2"; expected number/],
  ['dimensions not offered', { input: 'a', dimensions: 3 }, 'dimensions', /offers 4, 2 dimensions; got 3/],
  ['null as body', 'null', 'body', /The body is null/],
  ['a list as body', '[1]', 'body', /The body is a list of 1/],
])('names the field and the remedy for %s', async (_, body, field, message) => {
  const error = await errorOf(post('/embed', body))
  expect(error).toMatchObject({ status: 400, code: 'invalid_request', details: { field } })
  expect(error.message).toMatch(message)
})

test.each([
  ['an empty text', '', 'input'],
  ['a blank text', ' \t\n', 'input'],
  ['a blank text among others', ['a', ' '], 'input[1]'],
  ['an empty list', [], 'input'],
  ['an empty list of token ids', [[1], []], 'input[1]'],
])('refuses %s as empty', async (_, input, field) => {
  expect(await errorOf(post('/embed', { input }))).toMatchObject({
    status: 400,
    code: 'empty_input',
    details: { field },
  })
})

test.each([
  ['nothing', '', /it is empty/],
  ['half an object', '{"input": ', /breaks/],
  ['NaN', '{"input": "a", "dimensions": NaN}', /breaks/],
  ['50,000 open brackets', '['.repeat(50_000), /breaks/],
  ['100,000 open brackets', '['.repeat(100_000), /nests more than 64/],
])('refuses a body of %s', async (_, body, message) => {
  const error = await errorOf(post('/embed', body))
  expect(error).toMatchObject({ status: 400, code: 'invalid_request' })
  expect(error.message).toMatch(message)
})

test.each([
  [20_000, { field: 'input[0][0]' }],
  [100_000, { maxDepth: 64 }],
])('survives JSON nested %i deep', async (depth, details) => {
  const body = `{"input": ${'['.repeat(depth)}${']'.repeat(depth)}}`
  expect(await errorOf(post('/embed', body))).toMatchObject({ status: 400, details })
})

test('refuses bytes that are not UTF-8', async () => {
  const request = new Request('http://localhost/embed', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array([0x22, 0xff, 0x22]),
  })
  expect(await errorOf(request)).toMatchObject({ status: 400, message: expect.stringContaining('UTF-8') })
})

test('refuses a request of 100,000 inputs before any is embedded', async () => {
  const error = await errorOf(post('/embed', { input: Array.from({ length: 100_000 }, () => 'a') }))
  expect(error).toMatchObject({ status: 413, code: 'payload_too_large', details: { field: 'input' } })
  expect(error.message).toMatch(/has 100000 items; expected at most 2048/)
})

test('suggests the nearest name for a misspelled model', async () => {
  expect(await errorOf(post('/embed', { input: 'a', model: 'smal' }))).toMatchObject({
    status: 404,
    code: 'unknown_model',
    details: { field: 'model', nearest: ['small'] },
  })
})

test('refuses a model of another task', async () => {
  expect(await errorOf(post('/embed', { input: 'a', model: 'cross' }))).toMatchObject({
    status: 422,
    code: 'unsupported_task',
  })
})

test('refuses an answer that would not fit before the work, and says what would fit', async () => {
  const input = Array.from({ length: 1000 }, () => 'a')
  const error = await errorOf(post('/embed', { input, model: 'large' }))
  expect(error).toMatchObject({ status: 413, code: 'payload_too_large', details: { maxInputs: 629 } })
  expect(error.message).toMatch(/send at most 629 inputs a request, or ask for base64 encoding/)
})

test.each([
  ['PUT', '/embed', 'POST'],
  ['GET', '/embed', 'POST'],
  ['DELETE', '/models', 'GET'],
])('answers %s %s with the methods that are allowed', async (method, path, allow) => {
  const error = await errorOf(new Request(`http://localhost${path}`, { method }))
  expect(error).toMatchObject({ status: 405, code: 'invalid_request' })
  expect(error.response.headers.get('allow')).toBe(allow)
})

test.each([['text/plain'], ['application/x-www-form-urlencoded'], ['']])(
  'refuses the content type "%s"',
  async (type) => {
    const error = await errorOf(post('/embed', '{"input":"a"}', { 'content-type': type }))
    expect(error).toMatchObject({ status: 415, message: expect.stringContaining('application/json') })
  },
)

test('says which routes there are', async () => {
  const error = await errorOf(get('/embeddings'))
  expect(error).toMatchObject({ status: 404, message: expect.stringContaining('POST /v1/embeddings') })
})

test('an application that has refused all of this answers the next request', async () => {
  const refused = createTestApp()
  for (const body of [{}, { input: 5 }, 'null', '[1]', '{']) {
    expect((await refused.fetch(post('/embed', body))).status).toBe(400)
  }
  expect(refused.engine.jobs).toEqual([])
  expect((await refused.fetch(post('/embed', { input: 'still alive' }))).status).toBe(200)
})
