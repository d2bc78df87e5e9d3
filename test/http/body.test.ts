import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readJson } from '../../src/http/body.ts'

/** A request whose body counts how often it is asked for more. */
function streamed(chunks: number, chunkBytes: number, headers: Record<string, string> = {}) {
  let pulled = 0
  const body = new ReadableStream({
    pull(controller) {
      pulled += 1
      if (pulled > chunks) controller.close()
      else controller.enqueue(new Uint8Array(chunkBytes).fill(0x20))
    },
  })
  const request = new Request('http://localhost/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    duplex: 'half',
  } as RequestInit)
  return { request, pulled: () => pulled }
}

const tooLarge = expect.objectContaining({ code: 'payload_too_large', details: { maxBytes: 1000 } })

test('refuses a body that says it is too large without reading on', async () => {
  const { request, pulled } = streamed(100, 100, { 'content-length': '10000' })
  await expect(readJson(request, { maxBodyBytes: 1000 })).rejects.toThrow(tooLarge)
  expect(pulled()).toBeLessThanOrEqual(2)
})

test('stops reading a body that grows too large', async () => {
  const { request, pulled } = streamed(1000, 100)
  await expect(readJson(request, { maxBodyBytes: 1000 })).rejects.toThrow(tooLarge)
  expect(pulled()).toBeLessThanOrEqual(13)
})

test('reads a body of exactly the limit', async () => {
  const body = JSON.stringify('x'.repeat(998))
  const headers = { 'content-type': 'application/merge-patch+json; charset=utf-8' }
  const request = new Request('http://localhost/', { method: 'POST', headers, body })
  expect(await readJson(request, { maxBodyBytes: 1000 })).toBe('x'.repeat(998))
})

test.each([
  ['{"input":"a","model":"b","input":"c"}', 'input'],
  ['{"candidates":[{"id":"1","text":"a","id":"2"}]}', 'id'],
  [`{"input":"${'x'.repeat(70_000)}","input":"c"}`, 'input'],
])('refuses a body with a field twice, case %#', async (body, field) => {
  const headers = { 'content-type': 'application/json' }
  const request = new Request('http://localhost/', { method: 'POST', headers, body })
  await expect(readJson(request, { maxBodyBytes: 1e6 })).rejects.toThrow(
    `The body has the field ${field} twice in one object, of which only the last would count`,
  )
})

const JSON_TEXT = '{"input":"a"}'

test.each<[string, Uint8Array<ArrayBuffer>, RegExp]>([
  [
    'UTF-16 with its mark',
    Buffer.from(`\uFEFF${JSON_TEXT}`, 'utf16le'),
    /looks like UTF-16; encode it as UTF-8/,
  ],
  ['UTF-16 without a mark', Buffer.from(JSON_TEXT, 'utf16le'), /looks like UTF-16/],
  ['UTF-16 of the other order', Buffer.from(JSON_TEXT, 'utf16le').swap16(), /looks like UTF-16/],
  ['gzip that no header tells of', gzipSync(JSON_TEXT), /but gzip; set the header "Content-Encoding: gzip"/],
  ['GBK', Buffer.from('7b2261223a22bba4cabf227d', 'hex'), /is not valid UTF-8; encode it as UTF-8/],
])('says what a body is that is no UTF-8: %s', async (_, body, message) => {
  const headers = { 'content-type': 'application/json' }
  const request = new Request('http://localhost/', { method: 'POST', headers, body })
  await expect(readJson(request, { maxBodyBytes: 1000 })).rejects.toThrow(message)
})

test('takes a request without a body as empty', async () => {
  const request = new Request('http://localhost/', { headers: { 'content-type': 'application/json' } })
  await expect(readJson(request, { maxBodyBytes: 1000 })).rejects.toThrow(/it is empty/)
})
