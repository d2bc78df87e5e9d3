import { expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { READ_HEADERS, SENT_HEADERS } from '../../src/http/header-names.ts'
import { askedFor, createTestApp, get, post } from '../support/http.ts'

const page = 'https://app.example'
const corsOrigins = [page, 'http://localhost:5173']
const allowedFor = (response: Response) => response.headers.get('access-control-allow-origin')

function preflight(path: string, headers: Record<string, string> = {}): Request {
  const asked = { origin: page, 'access-control-request-method': 'POST', ...headers }
  return new Request(`http://localhost${path}`, { method: 'OPTIONS', headers: asked })
}

test('answers nothing of origins when none may call', async () => {
  const { fetch } = createTestApp()
  const answer = await fetch(get('/models', { origin: page }))
  const asked = await fetch(preflight('/embed'))
  expect([answer.status, allowedFor(answer), answer.headers.get('vary')]).toEqual([200, null, null])
  expect([asked.status, allowedFor(asked)]).toEqual([204, null])
})

test('lets the pages of its origins read answers, errors and refusals, with every header', async () => {
  const full = () => new AppError('overloaded', 'Busy.')
  const app = createTestApp({ corsOrigins, token: 'secret' })
  const answers = [
    await app.fetch(get('/models', { origin: page, authorization: 'Bearer secret' })),
    await app.fetch(post('/embed', {}, { origin: page })),
    await app.fetch(get('/nowhere', { origin: page })),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 404])
  for (const answer of answers) {
    expect([allowedFor(answer), answer.headers.get('vary')]).toEqual([page, 'Origin'])
    expect(answer.headers.get('access-control-expose-headers')).toBe(SENT_HEADERS.join(', '))
  }
  const busy = createTestApp({ corsOrigins, full }).busy(askedFor('POST', '/embed', { origin: page }))
  expect(busy).toMatchObject({ status: 429, headers: { 'access-control-allow-origin': page } })
})

test('lets pages of no other origin read anything, and keeps caches from mixing them up', async () => {
  const { fetch } = createTestApp({ corsOrigins })
  for (const headers of [{ origin: 'https://other.example' }, { origin: 'null' }, {}]) {
    const answer = await fetch(get('/models', headers as Record<string, string>))
    expect([answer.status, allowedFor(answer), answer.headers.get('vary')]).toEqual([200, null, 'Origin'])
  }
})

test('with * lets every page read, and no page send cookies', async () => {
  const answer = await createTestApp({ corsOrigins: ['*'] }).fetch(get('/models', { origin: page }))
  expect([allowedFor(answer), answer.headers.get('vary')]).toEqual(['*', null])
  expect(answer.headers.get('access-control-allow-credentials')).toBe(null)
})

test('allows the headers that a browser asks for, without a token', async () => {
  const { fetch } = createTestApp({ corsOrigins, token: 'secret' })
  const asked = 'authorization,content-type,x-stainless-os'
  const answer = await fetch(preflight('/v1/embeddings', { 'access-control-request-headers': asked }))
  expect([answer.status, allowedFor(answer)]).toEqual([204, page])
  expect(answer.headers.get('access-control-allow-headers')).toBe(asked)
  expect(answer.headers.get('access-control-allow-methods')).toContain('POST')
})

test('allows the headers that are read when the question is no list of names', async () => {
  const { fetch } = createTestApp({ corsOrigins })
  for (const asked of ['', 'a b', `${'x,'.repeat(200)}y`]) {
    const answer = await fetch(preflight('/embed', { 'access-control-request-headers': asked }))
    expect(answer.headers.get('access-control-allow-headers')).toBe(READ_HEADERS.join(', '))
  }
})

test('still answers OPTIONS that is no question of a browser', async () => {
  const answer = await createTestApp({ corsOrigins }).fetch(
    new Request('http://localhost/embed', { method: 'OPTIONS' }),
  )
  expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'POST, OPTIONS'])
})
