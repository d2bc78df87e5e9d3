import { expect, test } from 'vitest'
import { AppError, ERROR_CODES } from '../../src/errors.ts'
import { headersOf, nativeDialect, openAiDialect } from '../../src/http/errors.ts'
import { createTestApp, post } from '../support/http.ts'

test.each(
  ERROR_CODES.map((code) => [
    code,
    nativeDialect.statusOf(new AppError(code, '')),
    new AppError(code, '').retryable,
  ]),
)('%s has the status %i, retryable: %s', (code, status, retryable) => {
  const expected = {
    invalid_request: [400, false],
    empty_input: [400, false],
    unauthorized: [401, false],
    unknown_model: [404, false],
    input_too_long: [413, false],
    payload_too_large: [413, false],
    unsupported_task: [422, false],
    overloaded: [429, true],
    inference_failed: [500, false],
    internal: [500, false],
    upstream_failed: [502, true],
    artifact_missing: [503, false],
    artifact_corrupt: [503, true],
    model_too_large: [503, false],
    runtime_missing: [503, false],
    deadline_exceeded: [504, true],
  }[code]
  expect([status, retryable]).toEqual(expected)
})

test('tells an overloaded caller when to come back', () => {
  expect(headersOf(new AppError('overloaded', ''))).toEqual({ 'retry-after': '1' })
  const known = new AppError('overloaded', '', { details: { retryAfterSeconds: 12 } })
  expect(headersOf(known)).toEqual({ 'retry-after': '12' })
})

test.each([
  ['overloaded', 'rate_limit_error', 'rate_limit_exceeded'],
  ['internal', 'server_error', 'internal'],
] as const)('OpenAI hears of %s as %s', (code, type, named) => {
  expect(openAiDialect.bodyOf(new AppError(code, 'm'), 'id')).toEqual({
    error: { message: 'm', type, param: null, code: named },
  })
})

test('an unexpected error keeps its cause from the caller and shows it to the log', async () => {
  const seen: AppError[] = []
  const app = createTestApp({ onError: (error) => seen.push(error) })
  app.engine.jobs.push = () => {
    throw new TypeError('the disk password is hunter2')
  }
  const response = await app.fetch(post('/embed', { input: 'a' }))
  expect(response.status).toBe(500)
  const text = await response.text()
  expect(text).toContain('"code":"internal"')
  expect(text).not.toContain('hunter2')
  expect(seen[0]!.cause).toBeInstanceOf(TypeError)
})

test('the native body says whether the same call may succeed later', () => {
  expect(nativeDialect.bodyOf(new AppError('overloaded', 'm', { details: { queue: 3 } }), 'id')).toEqual({
    error: { code: 'overloaded', message: 'm', details: { queue: 3 }, retryable: true, requestId: 'id' },
  })
})
