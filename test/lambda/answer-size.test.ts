import { expect, test } from 'vitest'
import type { HttpResult } from '../../src/lambda/event.ts'
import { createLambdaHandler } from '../../src/lambda/handler.ts'
import { httpApiEvent } from '../support/events.ts'
import { createTestApp } from '../support/http.ts'

/** What Lambda takes as the result of a function, in bytes of its JSON. */
const LIMIT = 6_291_556

async function ask(path: string, body: unknown): Promise<{ result: HttpResult; bytes: number }> {
  const handler = createLambdaHandler({ http: createTestApp(), writeMetrics: () => {} })
  const event = httpApiEvent()
  const { requestContext } = event
  const result = (await handler({
    ...event,
    rawPath: path,
    body: JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: { ...requestContext, http: { ...requestContext.http, path } },
  })) as HttpResult
  return { result, bytes: Buffer.byteLength(JSON.stringify(result)) }
}

const candidates = Array.from({ length: 1000 }, (_, id) => ({ id: `c${id}`, text: 'nurse' }))
const queries = (count: number) => Array.from({ length: count }, (_, id) => ({ id: `q${id}`, text: 'nurse' }))
const match = (count: number) => ({ queries: queries(count), candidates })

test('an answer of /match counts as Lambda sends it, each quote twice', async () => {
  const one = await ask('/match', match(1))
  const each = (await ask('/match', match(2))).bytes - one.bytes
  const most = Math.floor((LIMIT - one.bytes) / each)
  const fits = await ask('/match', match(most))
  expect(fits.result.statusCode).toBe(200)
  expect(fits.bytes).toBeLessThanOrEqual(LIMIT)
  expect(fits.bytes).toBeGreaterThan(0.9 * LIMIT)
  const large = await ask('/match', match(most + 3))
  expect(large.result.statusCode).toBe(413)
  expect(JSON.parse(large.result.body).error).toMatchObject({
    code: 'payload_too_large',
    message: expect.stringMatching(/expected at most 6291556; send fewer .*queries.*lower topK/),
  })
}, 120_000)

test('so does one of /tokenize, in the words of its own clients', async () => {
  const quotes = (count: number) => ({ inputs: Array.from({ length: 100 }, () => '"'.repeat(count)) })
  const fits = await ask('/tokenize', quotes(15_000))
  expect([fits.result.statusCode, fits.bytes <= LIMIT]).toEqual([200, true])
  const large = await ask('/tokenize', quotes(16_000))
  expect(large.result.statusCode).toBe(413)
  expect(large.result.headers!['x-error-code']).toBe('payload_too_large')
  expect(JSON.parse(large.result.body)).toMatchObject({ error_type: 'Validation' })
})

test('a direct invocation with too large an answer fails by the name of its code', async () => {
  const handler = createLambdaHandler({
    http: createTestApp(),
    writeMetrics: () => {},
    directRoute: '/tokenize',
  })
  const inputs = Array.from({ length: 100 }, () => '"'.repeat(32_000))
  await expect(handler({ inputs })).rejects.toMatchObject({ name: 'payload_too_large' })
})
