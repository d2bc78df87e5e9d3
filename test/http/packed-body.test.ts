import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AppError } from '../../src/errors.ts'
import { readJson } from '../../src/http/body.ts'
import { createTestApp } from '../support/http.ts'

const PACKERS = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  GZIP: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
} as const

function packed(bytes: Uint8Array, encoding: string, type = 'application/json'): Request {
  const headers = { 'content-type': type, 'content-encoding': encoding }
  return new Request('http://localhost/embed', { method: 'POST', headers, body: Uint8Array.from(bytes) })
}

async function refusalOf(request: Request) {
  const response = await createTestApp().fetch(request)
  const { error } = (await response.json()) as { error: { message: string; code: string } }
  return { status: response.status, headers: response.headers, ...error }
}

test.each(Object.entries(PACKERS))('reads a body in %s', async (encoding, pack) => {
  const response = await createTestApp().fetch(packed(pack('{"input": "数据"}'), encoding))
  expect(await response.json()).toMatchObject({ embeddings: [[2, 1, 0, 0]] })
})

test('every JSON text arrives whole, however it is packed and cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('gzip', 'deflate', 'br'),
      async (text, encoding) => {
        const bytes = PACKERS[encoding](JSON.stringify(text))
        expect(await readJson(packed(bytes, encoding), { maxBodyBytes: 1e6 })).toBe(text)
      },
    ),
    { numRuns: 30 },
  )
})

test('reads gzip of several members as one body', async () => {
  const bytes = Buffer.concat([gzipSync('{"input": '), gzipSync('"ab"}')])
  expect(await readJson(packed(bytes, 'gzip'), { maxBodyBytes: 1000 })).toEqual({ input: 'ab' })
})

test.each(['gzip', 'deflate', 'br'] as const)('stops unpacking a %s bomb at the limit', async (encoding) => {
  const bomb = PACKERS[encoding](Buffer.alloc(50_000_000, 0x20))
  expect(bomb.length).toBeLessThan(100_000)
  const error = await readJson(packed(bomb, encoding), { maxBodyBytes: 200_000 }).catch(
    (cause: AppError) => cause,
  )
  expect(error).toMatchObject({ code: 'payload_too_large', details: { maxBytes: 200_000 } })
  const seen = Number(/at least (\d+) bytes/.exec((error as AppError).message)![1])
  expect(seen).toBeLessThanOrEqual(200_000 + 65_536)
})

test('limits the packed bytes as well', async () => {
  const noise = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251)
  await expect(
    readJson(packed(gzipSync(noise, { level: 0 }), 'gzip'), { maxBodyBytes: 1000 }),
  ).rejects.toThrow(expect.objectContaining({ code: 'payload_too_large' }))
})

test.each([
  ['what is not gzip', Buffer.from('{"input": "a"}')],
  ['gzip that ends too early', gzipSync('{"input": "a"}').subarray(0, 15)],
  [
    'gzip with a wrong checksum',
    Buffer.concat([gzipSync('{"input": "a"}').subarray(0, -8), Buffer.alloc(8)]),
  ],
  ['nothing', Buffer.alloc(0)],
])('names the encoding for %s', async (_, bytes) => {
  const error = await refusalOf(packed(bytes, 'gzip'))
  expect([error.status, error.code]).toEqual([400, 'invalid_request'])
  expect(error.message).toMatch(/not valid gzip|it is empty/)
})

test.each(['zstd', 'compress', 'gzip, br', 'aws-chunked'])(
  'refuses the encoding %s by its name',
  async (encoding) => {
    const error = await refusalOf(packed(Buffer.from('x'), encoding))
    expect([error.status, error.headers.get('accept-encoding')]).toEqual([415, 'gzip, deflate, br'])
    expect(error.message).toContain(`content encoding ${encoding}; expected gzip, deflate, br`)
  },
)

test('takes identity for no encoding', async () => {
  expect(await readJson(packed(Buffer.from('{}'), 'identity'), { maxBodyBytes: 100 })).toEqual({})
})

test.each([
  ['application/json; charset=utf-16', 'utf-16'],
  ['application/json;charset="GBK"', 'GBK'],
  ['application/json; charset=latin1', 'latin1'],
])('refuses %s by the name of its charset', async (type, charset) => {
  const error = await refusalOf(packed(Buffer.from('{"input": "a"}'), 'identity', type))
  expect([error.status, error.message]).toEqual([
    415,
    expect.stringContaining(`charset ${charset}; expected utf-8`),
  ])
})

test.each([
  'application/json; charset=UTF-8',
  'application/json; charset="utf8"',
  'application/json; v=1',
  'application/json;charset=us-ascii',
])('takes a body of type %s', async (type) => {
  expect(await readJson(packed(Buffer.from('{}'), 'identity', type), { maxBodyBytes: 100 })).toEqual({})
})
