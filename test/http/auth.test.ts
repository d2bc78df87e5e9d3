import { expect, test } from 'vitest'
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
