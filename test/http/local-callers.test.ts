import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { nativeDialect } from '../../src/http/errors.ts'
import type { Route } from '../../src/http/route.ts'
import { createTestApp } from '../support/http.ts'

const guarded: Route = {
  method: 'DELETE',
  path: '/thing',
  guarded: true,
  parameters: { which: { type: 'string' } },
  dialect: nativeDialect,
  answer: async (_, { parameter }) => ({ body: { which: parameter('which') } }),
}

async function ask(peer: string | undefined, headers: Record<string, string> = {}, token?: string) {
  const app = createTestApp({ more: [guarded], token })
  const request = new Request('http://localhost:3000/thing?which=one&other=two', {
    method: 'DELETE',
    headers: { host: 'localhost:3000', ...headers },
  })
  return app.fetch(request, createContext(), peer)
}

test.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])(
  'a guarded route answers %s, which is this machine',
  async (peer) => {
    const response = await ask(peer)
    expect([response.status, await response.json()]).toEqual([200, { which: 'one' }])
    expect(response.headers.get('x-ignored-fields')).toBe('?other')
  },
)

test.each(['[::1]', '[::1]:8080', '127.0.0.1:3000', 'localhost'])('… by the name %s', async (host) => {
  expect((await ask('127.0.0.1', { host })).status).toBe(200)
})

test.each([
  ['from another machine', '192.168.1.7', {}, 'it came from another machine'],
  ['from nobody knows where', undefined, {}, 'it came from another machine'],
  ['that claims to be local', '10.0.0.9', { 'x-forwarded-for': '127.0.0.1' }, 'it came from another machine'],
  ['through a proxy here', '127.0.0.1', { 'x-forwarded-for': '203.0.113.5' }, 'a proxy handed it on'],
  ['through a proxy that says less', '127.0.0.1', { via: '1.1 proxy' }, 'a proxy handed it on'],
  [
    'to a name that points here',
    '127.0.0.1',
    { host: 'evil.example' },
    'its Host is no name of this machine',
  ],
  [
    'from a page of another site',
    '::1',
    { origin: 'https://evil.example' },
    'a page of another site sent it',
  ],
  ['from a page of a file', '::1', { origin: 'null' }, 'a page of another site sent it'],
  ['from another port', '::1', { origin: 'http://localhost:8080' }, 'a page of another site sent it'],
])('a guarded route refuses a request %s, and says why', async (_, peer, headers, why) => {
  const response = await ask(peer, headers)
  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({
    error: { code: 'unauthorized', message: expect.stringContaining(`${why}; set AUTH_TOKEN`) },
  })
})

test('its own page may ask', async () => {
  expect((await ask('::1', { origin: 'http://localhost:3000' })).status).toBe(200)
})

test('with a token it answers everybody who has it, and nobody else', async () => {
  const authorization = 'Bearer secret'
  expect((await ask('203.0.113.5', { authorization }, 'secret')).status).toBe(200)
  expect((await ask('127.0.0.1', {}, 'secret')).status).toBe(401)
})
