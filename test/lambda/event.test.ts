import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isHttpEvent, toRequest, toResult } from '../../src/lambda/event.ts'
import { functionUrlEvent, httpApiEvent, restApiEvent } from '../support/events.ts'

test.each([
  [
    'an HTTP API',
    httpApiEvent(),
    'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/embed?trace=a%20b&trace=c',
  ],
  [
    'a function URL',
    functionUrlEvent(),
    'https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws/v1/embeddings',
  ],
  [
    'a REST API',
    restApiEvent(),
    'https://f6g7h8i9j0.execute-api.eu-central-1.amazonaws.com/embed?trace=a+b&trace=c',
  ],
])('reads the method and address of %s, without its stage', (_, event, url) => {
  expect(isHttpEvent(event)).toBe(true)
  const request = toRequest(event)
  expect([request.method, request.url]).toEqual(['POST', url])
})

test.each([
  ['/prod', '/'],
  ['/prod/', '/'],
  ['/production/embed', '/production/embed'],
  ['/embed', '/embed'],
])('reads %s of the stage prod as %s', (rawPath, path) => {
  expect(new URL(toRequest(httpApiEvent({ rawPath })).url).pathname).toBe(path)
})

const ROUTES = [
  '/',
  '/embed',
  '/v1/embed',
  '/v1/embeddings',
  '/v1/models',
  '/models',
  '/v1/rerank',
  '/rerank',
]
const CUSTOM = 'api.example.com'
const AMAZON = 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com'

test.each<[string, string, string, string, Record<string, string>, string]>([
  [CUSTOM, 'v1', '/v1/embeddings', '$default', {}, '/v1/embeddings'],
  [CUSTOM, 'v1', '/v1/embed', '$default', {}, '/v1/embed'],
  [CUSTOM, 'v1', '/v1/v1/embeddings', '$default', {}, '/v1/embeddings'],
  [AMAZON, 'v1', '/v1/embeddings', '$default', {}, '/v1/embeddings'],
  [AMAZON, 'v1', '/v1/v1/embeddings', '$default', {}, '/v1/embeddings'],
  [AMAZON, 'v1', '/v1/embed', '$default', {}, '/embed'],
  [AMAZON, 'v1', '/v1/v1/embed', '$default', {}, '/v1/embed'],
  [AMAZON, 'v1', '/v1/embed', 'POST /embed', {}, '/embed'],
  [CUSTOM, 'v1', '/v1/embed', 'POST /v1/embed', {}, '/v1/embed'],
  [CUSTOM, 'prod', '/base/v1/embed', 'POST /v1/embed', {}, '/v1/embed'],
  [CUSTOM, 'prod', '/base/embed', 'ANY /{proxy+}', { proxy: 'embed' }, '/embed'],
  [
    AMAZON,
    'prod',
    '/prod/v1/models/BAAI/x',
    'GET /v1/models/{owner}/{name}',
    { owner: 'BAAI', name: 'x' },
    '/v1/models/BAAI/x',
  ],
  [AMAZON, 'prod', '/prod/v1/models/a%2Fb', 'GET /v1/models/{model}', { model: 'a/b' }, '/v1/models/a%2Fb'],
  [AMAZON, 'embed', '/embed', '$default', {}, '/'],
  [AMAZON, 'prod', '/prod/nowhere', '$default', {}, '/nowhere'],
])(
  '%s, stage %s: %s by the route %s %j is %s %s',
  (domainName, stage, rawPath, routeKey, pathParameters, path) => {
    const event = httpApiEvent({ rawPath, routeKey, pathParameters })
    Object.assign(event.requestContext, { domainName, stage })
    const request = toRequest(event, (wanted) => ROUTES.includes(wanted))
    expect(new URL(request.url).pathname).toBe(path)
  },
)

test("leaves out the base path of a REST API's custom domain", () => {
  const event = restApiEvent({ path: '/base/embed' })
  Object.assign(event.requestContext, { domainName: CUSTOM })
  expect(new URL(toRequest(event).url).pathname).toBe('/embed')
})

test('reads the body of an event that is plain text', async () => {
  expect(await toRequest(httpApiEvent()).json()).toEqual({ input: 'data engineer' })
})

test('reads the body of an event that is base64', async () => {
  const body = { model: 'small', input: '数据工程师', encoding_format: 'float' }
  expect(await toRequest(functionUrlEvent()).json()).toEqual(body)
})

test('every body arrives byte for byte, with its true length', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1 }), async (bytes) => {
      const body = Buffer.from(bytes).toString('base64')
      const request = toRequest(functionUrlEvent({ body, isBase64Encoded: true }))
      expect(request.headers.get('content-length')).toBe(String(bytes.length))
      expect(new Uint8Array(await request.arrayBuffer())).toEqual(bytes)
    }),
  )
})

test('keeps every value of a header that a REST API gives as a list', () => {
  const { headers } = toRequest(restApiEvent())
  expect(headers.get('accept')).toBe('application/json, */*')
  expect(headers.get('content-type')).toBe('application/json')
})

test('does without lists, headers and a query', () => {
  const bare = restApiEvent()
  const event = { ...bare, headers: {}, multiValueHeaders: {}, multiValueQueryStringParameters: null }
  expect(toRequest(event).url).toBe('https://lambda/embed')
})

test('takes a header in UTF-8, which web requests do not know', () => {
  const event = httpApiEvent()
  event.headers['x-name'] = '数据'
  expect(toRequest(event).headers.get('x-name')).toBe(encodeURIComponent('数据'))
})

test('drops the body of a GET, which function URLs let through', () => {
  const event = functionUrlEvent()
  event.requestContext.http.method = 'GET'
  expect(toRequest(event).body).toBeNull()
})

test('refuses a method that web requests do not have', () => {
  const event = functionUrlEvent()
  event.requestContext.http.method = 'TRACE'
  expect(() => toRequest(event)).toThrow(TypeError)
})

test.each([
  [{ input: 'a' }],
  [null],
  ['text'],
  [{ requestContext: null, rawPath: '/' }],
  [{ requestContext: {} }],
  [{ rawPath: '/embed' }],
])('%o is a direct invocation', (event) => {
  expect(isHttpEvent(event)).toBe(false)
})

test('answers an HTTP API with plain headers', async () => {
  const response = Response.json({ a: '数' }, { status: 201, headers: { 'x-a': '1' } })
  expect(await toResult(httpApiEvent(), response)).toEqual({
    statusCode: 201,
    headers: { 'content-type': 'application/json', 'x-a': '1' },
    body: '{"a":"数"}',
    isBase64Encoded: false,
  })
})

test('answers a REST API with lists of headers', async () => {
  expect(await toResult(restApiEvent(), new Response('text', { headers: { 'x-a': '1' } }))).toEqual({
    statusCode: 200,
    multiValueHeaders: { 'content-type': ['text/plain;charset=UTF-8'], 'x-a': ['1'] },
    body: 'text',
    isBase64Encoded: false,
  })
})

test('answers a load balancer that sends no lists of headers without them', async () => {
  const event = { ...restApiEvent(), queryStringParameters: { a: 'b c' } }
  for (const name of ['multiValueHeaders', 'multiValueQueryStringParameters']) {
    Reflect.deleteProperty(event, name)
  }
  expect(toRequest(event).url).toMatch(/\?a=b\+c$/)
  expect(await toResult(event, new Response('text', { headers: { 'x-a': '1' } }))).toMatchObject({
    headers: { 'content-type': 'text/plain;charset=UTF-8', 'x-a': '1' },
  })
})

test.each([
  ['application/octet-stream', {}, true],
  ['application/json', { 'content-encoding': 'gzip' }, true],
  ['application/problem+json', {}, false],
  ['text/html', {}, false],
])('an answer of %s %o travels as base64: %s', async (type, more, encoded) => {
  const bytes = Uint8Array.of(1, 2, 255)
  const result = await toResult(
    httpApiEvent(),
    new Response(bytes, { headers: { 'content-type': type, ...more } }),
  )
  expect(result.isBase64Encoded).toBe(encoded)
  if (encoded) expect(result.body).toBe('AQL/')
})
