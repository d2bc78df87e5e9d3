import { afterEach, expect, test, vi } from 'vitest'
import { createContext } from '../src/context.ts'
import { AppError } from '../src/errors.ts'
import { createDropLog, createRefusalLog, logError, logJobError, withInputLog } from '../src/log.ts'
import { addError } from '../src/metrics.ts'
import { createRecordingEngine } from './support/engines.ts'
import { createAppOver, createTestApp, post } from './support/http.ts'

const SECRET = 'salary of Ms Li'

function watchLog() {
  const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
  return () => spy.mock.calls.map(([line]) => JSON.parse(String(line)))
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('a failure of ours is one line with request, model, code, sentence and cause', () => {
  const lines = watchLog()
  const context = createContext({ requestId: 'r-1' })
  addError(context.metrics, 'small', 'inference_failed')
  logError(new AppError('inference_failed', 'It broke.', { cause: new Error('tensor') }), context)
  expect(lines()).toEqual([
    {
      level: 'error',
      requestId: 'r-1',
      model: 'small',
      code: 'inference_failed',
      message: 'It broke.',
      cause: expect.stringContaining('tensor'),
    },
  ])
})

test('a job that failed is the same line, and one that has to wait is a warning', () => {
  const lines = watchLog()
  logJobError(new AppError('model_too_large', 'It does not fit.', { details: { model: 'small' } }), 'm-1')
  logJobError(new AppError('upstream_failed', 'Busy.', { cause: new Error('503') }), 'm-2')
  const large = { requestId: 'm-1', model: 'small', code: 'model_too_large', message: 'It does not fit.' }
  const cause = expect.stringContaining('503')
  expect(lines()).toEqual([
    { level: 'error', ...large },
    { level: 'warn', requestId: 'm-2', code: 'upstream_failed', message: 'Busy.', cause },
  ])
})

test.each([
  ['/embed', { input: SECRET, model: 'smal' }, { code: 'unknown_model', field: 'model' }],
  ['/embed', { input: 'a', dimensions: 3 }, { code: 'invalid_request', model: 'small', field: 'dimensions' }],
  ['/embed', `{"input": "${SECRET}`, { code: 'invalid_request' }],
  ['/embed', { input: 'a', [SECRET]: 1 }, { code: 'invalid_request' }],
  ['/embed', JSON.stringify(SECRET), { code: 'invalid_request' }],
  ['/embed', { input: 'a', model: SECRET }, { code: 'unknown_model' }],
])('a mistake of a caller at %s in %j is one line without what was sent', async (path, body, expected) => {
  const lines = watchLog()
  await createTestApp({ onError: logError }).fetch(post(path, body, { 'x-request-id': 'r-2' }))
  expect(lines()).toEqual([expect.objectContaining({ level: 'warn', requestId: 'r-2', ...expected })])
  expect(JSON.stringify(lines())).not.toContain(SECRET)
})

test('texts are in the log when that was asked for, and only then', async () => {
  const lines = watchLog()
  const engine = createRecordingEngine()
  await createAppOver(engine).fetch(post('/embed', { input: [SECRET] }))
  expect(lines()).toEqual([])
  await createAppOver(withInputLog(engine)).fetch(
    post('/embed', { input: [SECRET, 'x'.repeat(2000)] }, { 'x-request-id': 'r-3' }),
  )
  await createAppOver(withInputLog(engine)).fetch(
    post('/rerank', { query: 'q', texts: [SECRET], model: 'cross' }),
  )
  expect(lines()).toEqual([
    { level: 'info', requestId: 'r-3', model: 'small', inputs: [SECRET, 'x'.repeat(1000)] },
    expect.objectContaining({ level: 'info', model: 'cross', inputs: ['q', SECRET] }),
  ])
})

test('requests that no model had a part in are counted under none', async () => {
  const context = createContext()
  const app = createTestApp({ token: 't0ken' })
  await app.fetch(post('/embed', { input: 'a' }), context)
  expect(
    [...context.metrics.entries()].map(([model, values]) => [model, Object.fromEntries(values)]),
  ).toEqual([['all', { Requests: 1, Errors: 1, 'Errors/unauthorized': 1 }]])
})

test('refusals are one line, and then one a second with their number', () => {
  vi.useFakeTimers()
  const lines = watchLog()
  const log = createRefusalLog()
  const error = new AppError('overloaded', 'Busy.')
  for (let count = 0; count < 5; count++) log(error)
  expect(lines()).toEqual([{ level: 'warn', code: 'overloaded', refused: 1 }])
  vi.advanceTimersByTime(1000)
  expect(lines()[1]).toMatchObject({ refused: 4 })
  vi.advanceTimersByTime(5000)
  expect(lines()).toHaveLength(2)
  log(error)
  expect(lines()[2]).toMatchObject({ refused: 1 })
  vi.useRealTimers()
})

test('connections that were closed unheard are told once a second, too', () => {
  vi.useFakeTimers()
  const lines = watchLog()
  const log = createDropLog()
  for (let count = 0; count < 3; count++) log()
  vi.advanceTimersByTime(1000)
  expect(lines()).toMatchObject([
    { dropped: 1, message: expect.stringContaining('MAX_CONNECTIONS') },
    { dropped: 2 },
  ])
  vi.useRealTimers()
})

test('in Lambda a line is JSON alone, without what its console puts before', async () => {
  vi.resetModules()
  const log = await import('../src/log.ts')
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  log.logPlainly()
  log.logLeft(createContext({ requestId: 'r-1' }))
  expect(written.mock.calls.map(([line]) => line)).toEqual([
    `${JSON.stringify({ level: 'info', requestId: 'r-1', message: 'The client left before its answer.' })}\n`,
  ])
})
