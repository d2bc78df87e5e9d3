import { expect, test } from 'vitest'
import { createTestApp, post } from '../support/http.ts'

const app = createTestApp()

test.each<[string, string, object, string]>([
  [
    'token ids of one text',
    '/embed',
    { input: Array(65_537).fill(5) },
    'field input has 65537 items; expected at most 65536',
  ],
  ['texts', '/embed', { input: Array(2049).fill('a') }, 'field input has 2049 items; expected at most 2048'],
  ['texts of TEI', '/embed', { inputs: Array(2049).fill('a') }, 'field inputs has 2049 items'],
  [
    'sentences',
    '/similarity',
    { inputs: { source_sentence: 'a', sentences: Array(2049).fill(1) } },
    'inputs.sentences',
  ],
  [
    'documents',
    '/v1/rerank',
    { query: 'a', documents: Array(2049).fill({}) },
    'field documents has 2049 items',
  ],
  [
    'candidates',
    '/match',
    { query: 'a', candidates: Array(1001).fill({}) },
    'field candidates has 1001 items',
  ],
  [
    'values of a filter',
    '/match',
    { filters: { city: { in: Array(20_001).fill({}) } } },
    'field filters.city.in has 20001 items; expected at most 20000',
  ],
  [
    "items of a candidate's vector",
    '/match',
    { candidates: ['a', { Vector: Array(20_001).fill('x') }] },
    'field candidates[1].vector has 20001 items',
  ],
  ['fields to redact', '/match', { redact: Array(20_001).fill('a') }, 'field redact has 20001 items'],
])('too many %s are refused by their number, before one is looked at', async (_, path, body, message) => {
  // What the items are would be an error too, and the first one to be told.
  const response = await app.fetch(post(path, { ...body, model: 7 }))
  expect(response.status).toBe(413)
  expect(await response.text()).toContain(message)
})

test('65,536 token ids pass, and a wrong one is still named by its place', async () => {
  const input = Array<number>(65_536).fill(5)
  expect((await app.fetch(post('/embed', { input }))).status).toBe(200)
  input[40_000] = -1
  const response = await app.fetch(post('/embed', { input }))
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining('input[40000] is -1'),
  ])
})
