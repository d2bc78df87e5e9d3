import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import type { Visit } from '../../src/http/request-context.ts'
import { createTestApp, get, post } from '../support/http.ts'

const app = createTestApp({ token: 'correct horse' })

test.each([
  ['no header', {}, /no bearer token/],
  ['another scheme', { authorization: 'Basic Y29ycmVjdA==' }, /no bearer token/],
  ['a wrong token', { authorization: 'Bearer wrong' }, /a wrong bearer token/],
  ['half the token', { authorization: 'Bearer correct' }, /a wrong bearer token/],
])('refuses a request with %s', async (_, headers, message) => {
  const response = await app.fetch(post('/embed', { input: 'a' }, headers))
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe('Bearer')
  const { error } = (await response.json()) as { error: { code: string; message: string } }
  expect(error.code).toBe('unauthorized')
  expect(error.message).toMatch(message)
  expect(error.message).not.toContain('correct')
})

test('lets the right token in, whatever the case of the scheme', async () => {
  const { fetch } = createTestApp({ token: 't0ken' })
  expect((await fetch(get('/models', { authorization: 'bearer t0ken' }))).status).toBe(200)
})

test.each(['/health', '/ready', '/openapi.json'])(
  '%s answers without a key although other routes want one',
  async (path) => {
    expect((await app.fetch(get(path))).status).toBe(200)
  },
)

test('lets each of several tokens in and tells its name, beside one without a name', async () => {
  const namedTokens = [
    { name: 'web', token: 'old' },
    { name: 'web', token: 'new' },
    { name: 'crm', token: 'third' },
  ]
  const { fetch } = createTestApp({ token: 'plain', namedTokens })
  const callerOf = async (token: string) => {
    const visit: Visit = {}
    const { status } = await fetch(
      get('/models', { authorization: `Bearer ${token}` }),
      createContext(),
      undefined,
      visit,
    )
    return [status, visit.caller]
  }
  expect(await Promise.all(['old', 'new', 'third', 'plain', 'other'].map(callerOf))).toEqual([
    [200, 'web'],
    [200, 'web'],
    [200, 'crm'],
    [200, undefined],
    [401, undefined],
  ])
})

test('asks for no other token once a named one fits', async () => {
  const token = async (): Promise<string> => {
    throw new Error('The place of the token does not answer.')
  }
  const { fetch } = createTestApp({ token, namedTokens: [{ name: 'web', token: 'named' }] })
  expect((await fetch(get('/models', { authorization: 'Bearer named' }))).status).toBe(200)
  expect((await fetch(get('/models', { authorization: 'Bearer other' }))).status).toBe(500)
})

test.each(['internal', 'upstream_failed'] as const)(
  'tells callers nothing of where the token is kept when it cannot be read (%s), and the log all of it',
  async (code) => {
    const unread = new AppError(code, 'AWS refused to tell ssm:/hidden/name.', {
      details: { store: 'ssm:/hidden/name' },
    })
    const logged: AppError[] = []
    const { fetch } = createTestApp({
      token: () => Promise.reject(unread),
      onError: (error) => logged.push(error),
    })
    const response = await fetch(get('/models', { authorization: 'Bearer any' }))
    expect([response.headers.get('x-error-code'), response.ok]).toEqual([code, false])
    expect(await response.text()).not.toMatch(/ssm|hidden|AWS/)
    expect(logged.map(({ cause }) => cause)).toEqual([unread])
  },
)
