import { expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { createRefusalPace } from '../../src/http/busy.ts'
import { askedFor, createTestApp, get, post } from '../support/http.ts'

const overloaded = () => new AppError('overloaded', 'Busy.', { details: { retryAfterSeconds: 7 } })

test('a POST that finds no room is refused by its path, in the words of its clients, with the time to wait', () => {
  const app = createTestApp({ full: overloaded, basePath: '/base' })
  const native = app.busy(askedFor('POST', '/base/embed?x=1'))!
  expect(native).toMatchObject({
    status: 429,
    headers: { 'retry-after': '7', 'x-error-code': 'overloaded', 'content-type': 'application/json' },
  })
  expect(JSON.parse(native.body)).toMatchObject({ error: { code: 'overloaded', retryable: true } })
  expect(JSON.parse(app.busy(askedFor('POST', '/rerank'))!.body)).toEqual({
    error: 'Busy.',
    error_type: 'Overloaded',
  })
  expect(JSON.parse(app.busy(askedFor('POST', '/v1/embeddings'))!.body).error.code).toBe(
    'rate_limit_exceeded',
  )
})

test('what does no work is answered all the same, and so is everything while there is room', () => {
  const app = createTestApp({ full: overloaded })
  expect([
    app.busy(askedFor('GET', '/health')),
    app.busy(askedFor('GET', '/models')),
    app.busy(askedFor('POST', '/nothing')),
  ]).toEqual([undefined, undefined, undefined])
  expect(createTestApp().busy(askedFor('POST', '/embed'))).toBeUndefined()
  expect(createTestApp({ full: () => undefined }).busy(askedFor('POST', '/embed'))).toBeUndefined()
})

test('a body that comes when there is no room any more is not even parsed', async () => {
  const app = createTestApp({ full: overloaded })
  const response = await app.fetch(post('/embed', 'no JSON'))
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
  expect((await app.fetch(get('/health'))).status).toBe(200)
})

test('each refusal is heard of once', () => {
  const heard: string[] = []
  const app = createTestApp({ full: overloaded, onRefused: ({ code }) => heard.push(code) })
  app.busy(askedFor('POST', '/embed'))
  app.busy(askedFor('GET', '/embed'))
  expect(heard).toEqual(['overloaded'])
})

test('a hundred refusals go at once, further ones at 250 a second, and none waits longer than a second', () => {
  let clock = 0
  const wait = createRefusalPace(() => clock)
  clock = 1000
  const waits = Array.from({ length: 600 }, wait)
  expect(waits.slice(0, 100).every((ms) => ms === 0)).toBe(true)
  expect(waits.slice(100, 103)).toEqual([4, 8, 12])
  expect(Math.max(...waits)).toBe(1000)
  clock = 60_000
  expect(wait()).toBe(0)
})

test('a refusal has the request id of its caller, and is counted by its code', () => {
  const app = createTestApp({ full: overloaded })
  const busy = app.busy(askedFor('POST', '/embed', { 'x-request-id': 'mine' }))!
  expect(busy.headers['x-request-id']).toBe('mine')
  expect(JSON.parse(busy.body)).toMatchObject({ error: { requestId: 'mine' } })
  expect(busy.context.requestId).toBe('mine')
  expect([...busy.context.metrics.entries()].map(([, values]) => values.get('Errors/overloaded'))).toEqual([
    1,
  ])
})
