import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as light from '../../src/lambda/web.ts'

/** The web's classes as Node has them, and the substitutes of the Lambda bundle: both must behave the same. */
const kinds = [
  ['Node', { Headers, Request, Response }],
  ['the substitute', light],
] as const

describe.each(kinds)('headers of %s', (_, web) => {
  test('names are of any case, and come sorted in lower case', () => {
    const headers = new web.Headers({ 'X-B': '2', 'x-a': ' 1\t' })
    headers.set('X-C', '3')
    headers.append('x-b', '4')
    headers.delete('X-C')
    expect([headers.get('x-B'), headers.get('x-c'), headers.has('X-A')]).toEqual(['2, 4', null, true])
    expect([...headers]).toEqual([
      ['x-a', '1'],
      ['x-b', '2, 4'],
    ])
    const seen: string[] = []
    headers.forEach((value, name) => {
      seen.push(`${name}=${value}`)
    })
    expect(seen).toEqual(['x-a=1', 'x-b=2, 4'])
  })

  test.each(['a\r\nb', 'a\0', '数'])('refuse the value %j', (value) => {
    expect(() => new web.Headers({ a: value })).toThrow(TypeError)
    expect(() => new web.Headers().append('a', value)).toThrow(TypeError)
  })

  test.each(['', 'a b', 'a:', 'ä'])('refuse the name %j', (name) => {
    expect(() => new web.Headers().set(name, 'a')).toThrow(TypeError)
  })
})

describe.each(kinds)('a request of %s', (_, web) => {
  test('has a normal address and method', () => {
    const request = new web.Request('https://Host/a b?c=数', {
      method: 'post',
      headers: { a: '1' },
      body: 'x',
    })
    expect(request.url).toBe('https://host/a%20b?c=%E6%95%B0')
    expect([request.method, request.headers.get('A'), request.signal.aborted]).toEqual(['POST', '1', false])
    expect(new web.Request('https://host').method).toBe('GET')
    expect(new web.Request('https://host', { method: 'patch' }).method).toBe('patch')
  })

  test('has a body that can be read once, through a reader too', async () => {
    const request = new web.Request('https://host', { method: 'POST', body: Buffer.from('数') })
    const chunks: Uint8Array[] = []
    const reader = request.body!.getReader()
    for (let part = await reader.read(); !part.done; part = await reader.read()) chunks.push(part.value!)
    expect(Buffer.concat(chunks).toString()).toBe('数')
    expect(request.bodyUsed).toBe(true)
    await expect(request.text()).rejects.toThrow(TypeError)
  })

  test('may be given up half-read', async () => {
    const request = new web.Request('https://host', { method: 'POST', body: 'x' })
    await expect(request.body!.getReader().cancel()).resolves.toBeUndefined()
  })

  test.each([
    ['nowhere', {}],
    ['https://host', { method: 'TRACE' }],
    ['https://host', { method: 'connect' }],
    ['https://host', { method: 'A B' }],
    ['https://host', { method: 'get', body: 'x' }],
  ])('refuses %s %o', (url, init) => {
    expect(() => new web.Request(url, init)).toThrow(TypeError)
  })
})

describe.each(kinds)('a response of %s', (_, web) => {
  test('is 200 with no body by default', async () => {
    const response = new web.Response()
    expect([response.status, response.ok, response.body, await response.text()]).toEqual([
      200,
      true,
      null,
      '',
    ])
    expect([...response.headers]).toEqual([])
    expect([...new web.Response(null).headers]).toEqual([])
  })

  test('takes text for plain text, unless a header says otherwise', async () => {
    const plain = new web.Response('数', { status: 404 })
    expect([plain.ok, plain.headers.get('content-type')]).toEqual([false, 'text/plain;charset=UTF-8'])
    expect(Buffer.from(await plain.arrayBuffer()).toString()).toBe('数')
    const html = new web.Response('a', { headers: { 'content-type': 'text/html' } })
    expect(html.headers.get('content-type')).toBe('text/html')
  })

  test('makes a response of JSON', async () => {
    const response = web.Response.json({ a: [1] }, { status: 202, headers: { 'x-a': '1' } })
    expect([response.status, [...response.headers]]).toEqual([
      202,
      [
        ['content-type', 'application/json'],
        ['x-a', '1'],
      ],
    ])
    expect(await response.json()).toEqual({ a: [1] })
    await expect(response.json()).rejects.toThrow(TypeError)
    const named = web.Response.json(1, { headers: { 'content-type': 'application/problem+json' } })
    expect(named.headers.get('content-type')).toBe('application/problem+json')
  })
})

test('any bytes come back as the same text from both', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), async (bytes) => {
      expect(await new light.Response(bytes).text()).toBe(await new Response(Buffer.from(bytes)).text())
      expect(new Uint8Array(await new light.Response(bytes).arrayBuffer())).toEqual(bytes)
    }),
  )
})

test('the substitute refuses a stream rather than lose it', () => {
  const stream = new ReadableStream() as unknown
  expect(() => new light.Response(stream as string)).toThrow(/never a stream/)
})
