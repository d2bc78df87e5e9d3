import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { type HttpResult, toResult } from '../../src/lambda/event.ts'
import { createLambdaHandler } from '../../src/lambda/handler.ts'
import { acceptsGzip, pack } from '../../src/lambda/packing.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import { functionUrlEvent, httpApiEvent, restApiEvent } from '../support/events.ts'
import { createAppOver } from '../support/http.ts'
import { createWordEngine } from '../support/word-engine.ts'

/** What Lambda takes as the result of a function, in bytes of its JSON. */
const LIMIT = 6_291_556

async function ask(path: string, body: unknown, headers: Record<string, string>) {
  const handler = createLambdaHandler({ http: createAppOver(createFloatEngine()), writeMetrics: () => {} })
  const event = httpApiEvent()
  const { requestContext } = event
  const result = (await handler({
    ...event,
    rawPath: path,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: { ...requestContext, http: { ...requestContext.http, path } },
  })) as HttpResult
  const bytes = Buffer.byteLength(JSON.stringify(result))
  const sent = result.isBase64Encoded ? Buffer.from(result.body, 'base64') : Buffer.from(result.body)
  return { ...result, bytes, sent }
}

/** 60 kB that no packer makes smaller, in base64. */
const RANDOM = Buffer.concat(
  Array.from({ length: 2000 }, (_, index) => createHash('sha256').update(String(index)).digest()),
).toString('base64')

/** An engine whose numbers have as many digits as a model's. */
function createFloatEngine(): Engine {
  const words = createWordEngine()
  return {
    ...words,
    async embed(job, context) {
      const result = await words.embed(job, context)
      const { data } = result.vectors
      data.forEach((_, index) => {
        data[index] = Math.sin(index * index) / 10
      })
      return result
    },
  }
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => `nurse ${index}`)
const large = (count: number) => ({ input: texts(count), model: 'large' })

test('who takes gzip gets half the bytes of float JSON, and the same answer', async () => {
  const plain = await ask('/embed', large(20), {})
  const packed = await ask('/embed', large(20), { 'Accept-Encoding': 'br, gzip;q=0.8' })
  expect([plain.isBase64Encoded, packed.isBase64Encoded]).toEqual([false, true])
  expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
  expect(plain.headers).not.toHaveProperty('content-encoding')
  expect(packed.sent.length).toBeLessThan(plain.sent.length / 2)
  const embeddings = ({ sent }: { sent: Buffer }) => JSON.parse(sent.toString()).embeddings
  expect(embeddings({ sent: gunzipSync(packed.sent) })).toEqual(embeddings(plain))
})

test('an answer that fits only when it is packed is sent so, and refused to others before any work', async () => {
  const count = 700
  const refused = await ask('/embed', large(count), {})
  expect(JSON.parse(refused.body).error).toMatchObject({ code: 'payload_too_large' })
  const packed = await ask('/embed', large(count), { 'accept-encoding': 'gzip' })
  expect([packed.statusCode, packed.bytes < LIMIT]).toEqual([200, true])
  expect(gunzipSync(packed.sent).length).toBeGreaterThan(LIMIT)
  const most = Number(
    /at most (\d+) inputs/.exec((await ask('/embed', large(2000), { 'accept-encoding': 'gzip' })).body)?.[1],
  )
  const fits = await ask('/embed', large(most), { 'accept-encoding': 'gzip' })
  expect([fits.statusCode, fits.bytes < LIMIT]).toEqual([200, true])
}, 120_000)

test.each([
  ['a short answer', httpApiEvent(), '{}'],
  ['base64, which gzip only makes longer as Lambda takes it', httpApiEvent(), JSON.stringify(RANDOM)],
  ['a REST API, which would send the base64 itself', restApiEvent(), ' '.repeat(100_000)],
])('%s is sent as it is', async (_, event, body) => {
  const taking = { ...event, headers: { ...event.headers, 'accept-encoding': 'gzip' } }
  const result = await toResult(
    taking,
    new Response(body, { headers: { 'content-type': 'application/json' } }),
  )
  expect([result.isBase64Encoded, result.body === body]).toEqual([false, true])
})

test('a function URL answers packed too, and keeps what the answer depends on besides', async () => {
  const event = functionUrlEvent({ headers: { 'accept-encoding': 'gzip' } })
  const headers = { 'content-type': 'application/json', vary: 'Origin' }
  const result = await toResult(event, new Response(' '.repeat(20_000), { headers }))
  expect(result.headers).toMatchObject({ vary: 'Origin, Accept-Encoding' })
})

test.each([
  ['gzip', true],
  ['gzip, deflate, br', true],
  ['br;q=1.0, X-GZIP ; q=0.5', true],
  ['gzip;q=0', false],
  ['gzip; q=0.00', false],
  ['br', false],
  ['', false],
  [undefined, false],
])('Accept-Encoding %j takes gzip: %s', (header, takes) => {
  expect(acceptsGzip(header)).toBe(takes)
})

it('packs any text so that it comes out as it went in, and never makes it longer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), async (part) => {
      const text = part.repeat(Math.ceil(20_000 / part.length)).toWellFormed()
      const packed = (await pack(text))!
      expect(gunzipSync(Buffer.from(packed, 'base64')).toString()).toBe(text)
      expect(packed.length).toBeLessThan(text.length)
    }),
    { numRuns: 30 },
  )
})
