import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { addError, addRefusal } from '../../src/metrics.ts'
import { createAccessLog } from '../../src/serving/access-log.ts'
import type { Exchange } from '../../src/serving/exchange.ts'

const plain: Exchange = {
  method: 'POST',
  route: '/embed',
  status: 200,
  milliseconds: 1.23456,
  sentBytes: 100,
  receivedBytes: 10,
  caller: 'web',
  requestId: 'r-1',
  metrics: createContext().metrics,
}

function linesFor(...exchanges: Exchange[]): unknown[] {
  const lines: string[] = []
  const log = createAccessLog(
    (line) => lines.push(line),
    () => new Date(0),
  )
  for (const exchange of exchanges) log(exchange)
  expect(lines.filter((line) => !/^\{[^\n]*\}\n$/.test(line))).toEqual([])
  return lines.map((line) => JSON.parse(line))
}

test('writes a line of JSON for a request: who, what, how long, and what models did', () => {
  const { metrics } = createContext()
  metrics.add('small', 'InputTexts', 2)
  metrics.add('small', 'InputTokens', 9)
  metrics.add('small', 'QueueTime', 0.5)
  metrics.add('small', 'TokenizeTime', 0.25)
  metrics.add('small', 'InferenceTime', 3)
  metrics.add('wide', 'InputTexts', 1)
  expect(linesFor({ ...plain, metrics })).toEqual([
    {
      time: '1970-01-01T00:00:00.000Z',
      requestId: 'r-1',
      caller: 'web',
      method: 'POST',
      route: '/embed',
      status: 200,
      ms: 1.235,
      receivedBytes: 10,
      sentBytes: 100,
      model: 'small,wide',
      inputs: 3,
      tokens: 9,
      queueMs: 0.5,
      tokenizeMs: 0.25,
      runMs: 3,
    },
  ])
})

test('names the code of a request that failed or was refused', () => {
  const failed = createContext()
  addError(failed.metrics, 'small', 'inference_failed')
  const refused = createContext()
  addRefusal(refused.metrics, 'unauthorized')
  expect(
    linesFor(
      { ...plain, status: 500, metrics: failed.metrics },
      { ...plain, status: 401, metrics: refused.metrics },
    ),
  ).toMatchObject([
    { status: 500, model: 'small', code: 'inference_failed' },
    { status: 401, code: 'unauthorized' },
  ])
})

test('has a line for a request of which nothing was read', () => {
  const unread = { ...plain, route: undefined, requestId: undefined, metrics: undefined, caller: undefined }
  expect(linesFor(unread)).toEqual([
    {
      time: '1970-01-01T00:00:00.000Z',
      method: 'POST',
      route: null,
      status: 200,
      ms: 1.235,
      receivedBytes: 10,
      sentBytes: 100,
    },
  ])
})

test('leaves out probes that are well, and tells of those that are not', () => {
  const probe = { ...plain, method: 'GET', route: '/ready' }
  expect(linesFor(probe, { ...probe, route: '/health' }, { ...probe, status: 503 })).toMatchObject([
    { route: '/ready', status: 503 },
  ])
})
