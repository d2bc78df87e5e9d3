import type { Context as LambdaContext } from 'aws-lambda'
import { expect, test, vi } from 'vitest'
import type { Context } from '../../src/context.ts'
import type { HttpResult } from '../../src/lambda/event.ts'
import { createLambdaHandler } from '../../src/lambda/handler.ts'
import { functionUrlEvent, httpApiEvent, restApiEvent } from '../support/events.ts'
import { createTestApp } from '../support/http.ts'

function createTestHandler(token?: string) {
  const app = createTestApp(token === undefined ? {} : { token })
  const written: Context[] = []
  const handler = createLambdaHandler({
    http: app,
    writeMetrics: (context) => void written.push(context),
  })
  return { app, written, handler }
}

const lambda = (remainingMs: number): Partial<LambdaContext> => ({
  awsRequestId: 'invocation-1',
  getRemainingTimeInMillis: () => remainingMs,
})

test.each([
  ['an HTTP API', httpApiEvent(), 'UkQXmjPZliAEMtQ=', 1],
  ['a REST API', restApiEvent(), '7d1e5a3c-8f2b-4c6d-a0e4-1b3c5d7e9f02', 2],
])('serves an event of %s', async (_, event, requestId, rows) => {
  const { handler, written } = createTestHandler()
  const result = (await handler(event, lambda(1000))) as HttpResult
  expect(result.statusCode).toBe(200)
  expect(JSON.parse(result.body).embeddings).toHaveLength(rows)
  const header = result.headers?.['x-request-id'] ?? result.multiValueHeaders?.['x-request-id']?.[0]
  expect(header).toBe(requestId)
  expect(written.map((context) => context.requestId)).toEqual([requestId])
})

test('serves a function URL with the OpenAI dialect', async () => {
  const result = (await createTestHandler().handler(functionUrlEvent())) as HttpResult
  expect(JSON.parse(result.body)).toMatchObject({ object: 'list', data: [{ embedding: [5, 1, 0, 0] }] })
})

test('serves a direct invocation, which has no HTTP around it', async () => {
  const { handler, written, app } = createTestHandler()
  const result = await handler({ input: ['a', 'bc'], model: 'fast', dimensions: 2 }, lambda(1000))
  expect(result).toMatchObject({
    model: 'small',
    embeddings: [
      [1, 1],
      [2, 1],
    ],
    usage: { inputs: 2 },
  })
  expect(app.engine.jobs).toHaveLength(1)
  expect(written.map((context) => context.requestId)).toEqual(['invocation-1'])
})

test('lets a direct invocation in without the token that HTTP callers need', async () => {
  const { handler } = createTestHandler('t0ken')
  expect(await handler({ input: 'a' })).toMatchObject({ embeddings: [[1, 1, 0, 0]] })
  expect(await handler(httpApiEvent())).toMatchObject({ statusCode: 401 })
})

test('answers a direct invocation without a web request to itself, and without fetching the token', async () => {
  const requests = vi.fn()
  vi.stubGlobal('Request', requests)
  const app = createTestApp({ token: () => Promise.reject(new Error('The secret was fetched.')) })
  const handler = createLambdaHandler({ http: app, writeMetrics: () => {} })
  expect(await handler({ input: 'a' })).toMatchObject({ embeddings: [[1, 1, 0, 0]] })
  await expect(handler({ input: [] })).rejects.toMatchObject({ name: 'empty_input' })
  vi.unstubAllGlobals()
  expect(requests).not.toHaveBeenCalled()
})

test.each([
  [{ input: '' }, 'empty_input', /input is empty/],
  [{}, 'invalid_request', /input is missing/],
  [undefined, 'invalid_request', /body is null/],
  ['text', 'invalid_request', /body is "text"/],
  [{ input: 'a', model: 'smal' }, 'unknown_model', /did you mean "small"/],
  [{ Records: [] }, 'invalid_request', /Records is unknown|input is missing/],
  [{ inputs: 5 }, 'invalid_request', /inputs is 5/],
  [{ inputs: '' }, 'empty_input', /inputs is empty/],
  [{ inputs: 'a', model: 'nope' }, 'unknown_model', /no model "nope"/],
])('a direct invocation with %o fails with an error named %s', async (event, name, message) => {
  const { handler, written } = createTestHandler()
  const error = await handler(event).then(
    () => expect.unreachable(),
    (thrown: Error) => thrown,
  )
  expect(error.name).toBe(name)
  expect(error.message).toMatch(message)
  expect(written).toHaveLength(1)
})

test('answers an HTTP event that is wrong with the shape of every other error', async () => {
  const trace = functionUrlEvent()
  trace.requestContext.http.method = 'TRACE'
  const result = (await createTestHandler().handler(trace)) as HttpResult
  expect(result.statusCode).toBe(400)
  expect(JSON.parse(result.body).error).toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('not a request that HTTP allows'),
    requestId: trace.requestContext.requestId,
  })
})

test.each([
  ['/embed', '{"input": ', 400],
  ['/embed', undefined, 400],
  ['/nowhere', '{}', 404],
])('answers %s with the body %s with %i', async (rawPath, body, status) => {
  const { body: _, ...event } = functionUrlEvent({ rawPath, isBase64Encoded: false })
  const result = (await createTestHandler().handler(
    body === undefined ? event : { ...event, body },
  )) as HttpResult
  expect(result.statusCode).toBe(status)
  expect(JSON.parse(result.body).error.code).toBe('invalid_request')
})

test('keeps the path of a stage that is named like a route', async () => {
  const event = functionUrlEvent({ rawPath: '/v1/embeddings', routeKey: '$default' })
  Object.assign(event.requestContext, { stage: 'v1', domainName: 'api.example.com' })
  expect(await createTestHandler().handler(event)).toMatchObject({ statusCode: 200 })
})

test('hands the deadline down, with room for the answer', async () => {
  vi.useFakeTimers({ now: 1_000_000 })
  const { handler, written } = createTestHandler()
  await handler({ input: 'a' }, lambda(3000))
  await handler({ input: 'a' })
  vi.useRealTimers()
  expect(written.map((context) => context.deadline)).toEqual([1_002_900, Number.POSITIVE_INFINITY])
})

test('writes the metrics of an invocation before its answer, each invocation its own', async () => {
  const { handler, written } = createTestHandler()
  await handler({ input: 'a' })
  await handler(httpApiEvent())
  const metrics = written.map((context) => [...context.metrics.entries()])
  expect(metrics.map((entries) => entries.map(([model]) => model))).toEqual([['small'], ['small']])
  expect(metrics.map((entries) => entries[0]![1].get('ColdStart'))).toEqual([1, 0])
  expect(metrics.map((entries) => entries[0]![1].get('InputTexts'))).toEqual([1, 1])
})

test.each([
  ['an HTTP API', httpApiEvent, 'timeEpoch'],
  ['a REST API', restApiEvent, 'requestTimeEpoch'],
] as const)('counts the time since %s took the request in as time in line', async (_, eventOf, field) => {
  vi.useFakeTimers({ now: 1_700_000_000_000 })
  const { handler, written } = createTestHandler()
  for (const arrival of [1_699_999_999_750, 1_700_000_000_009, 1_500_000_000_000]) {
    const event = eventOf()
    Object.assign(event.requestContext, { [field]: arrival })
    await handler(event)
  }
  vi.useRealTimers()
  const queued = written.map((context) => [...context.metrics.entries()][0]![1].get('QueueTime'))
  expect(queued).toEqual([250, 0, 0])
})

/** As AWS documents it for a rule with a schedule. */
const SCHEDULED = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '123456789012',
  time: '2026-10-08T16:53:06Z',
  region: 'us-east-1',
  resources: ['arn:aws:events:us-east-1:123456789012:rule/keep-warm'],
  detail: {},
}

test.each([
  ['a rule with a schedule', SCHEDULED],
  ["EventBridge's Scheduler", { ...SCHEDULED, source: 'aws.scheduler', detail: '{}' }],
  ['the plugin of the Serverless Framework', { source: 'serverless-plugin-warmup' }],
  ['lambda-warmer', { warmer: true, concurrency: 3 }],
  ['a schedule with an input of its own', { warmup: true }],
])('answers what %s sends to keep it warm, and counts no request and no error', async (_, event) => {
  const app = createTestApp()
  const written: Context[] = []
  const warm = vi.fn(async () => ['small'])
  const handler = createLambdaHandler({
    http: app,
    warm,
    writeMetrics: (context) => void written.push(context),
  })
  expect(await handler(event, lambda(1000))).toEqual({ warmed: ['small'] })
  expect(warm).toHaveBeenCalledTimes(1)
  expect(written.flatMap(({ metrics }) => [...metrics.entries()])).toEqual([])
  expect(app.engine.jobs).toEqual([])
})

test.each([
  ['an event of another rule', { ...SCHEDULED, 'detail-type': 'Object Created', source: 'aws.s3' }],
  ['an event of AWS that is no schedule', { ...SCHEDULED, 'detail-type': 'Other' }],
  ['a body that says it is no warm-up', { warmup: false }],
])('takes %s for a mistake', async (_, event) => {
  await expect(createTestHandler().handler(event)).rejects.toMatchObject({ name: 'invalid_request' })
})

test.each([
  ['no model', { input: 'a', model: 'nope' }, 'unknown_model'],
  ['no model, as TEI has it', { inputs: 'a', model: 'nope' }, 'unknown_model'],
  ['a text of TEI that is none', { inputs: [5, null] }, 'invalid_request'],
  ['too large a number', { inputs: 'a', dimensions: 1e9 }, 'invalid_request'],
])('a direct invocation with %s has a sentence, never an empty one', async (_, event, name) => {
  const error = await createTestHandler()
    .handler(event)
    .catch((thrown: Error) => thrown)
  expect(error).toMatchObject({ name, message: expect.stringMatching(/^[A-Z].{20,}[.?]$/s) })
})
