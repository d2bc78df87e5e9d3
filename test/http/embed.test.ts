import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { createRecordingEngine } from '../support/engines.ts'
import { createAppOver, createTestApp, get, post } from '../support/http.ts'

test('answers one text with one vector', async () => {
  const response = await createTestApp().fetch(post('/embed', { input: 'nurse' }))
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    model: 'small',
    revision: '0'.repeat(40),
    precision: 'float32',
    dimensions: 4,
    embeddings: [[5, 1, 0, 0]],
    usage: { inputs: 1, tokens: 5, truncated: 0, unknown: 0 },
    warnings: [],
    timing: { coldStart: true, loadMs: 5, tokenizeMs: 1, inferenceMs: 2 },
  })
})

test('gives the measurements as headers too', async () => {
  const { headers } = await createTestApp().fetch(post('/embed', { input: 'nurse' }))
  expect(Object.fromEntries(headers)).toMatchObject({
    'server-timing': 'load;dur=5.000, tokenize;dur=1.000, inference;dur=2.000',
    'x-cold-start': 'true',
    'x-load-time': '5.000',
    'x-tokenization-time': '1.000',
    'x-inference-time': '2.000',
    'x-compute-tokens': '5',
  })
})

test('hands every option to the engine, and its own habits where none are given', async () => {
  const { fetch, engine } = createTestApp()
  await fetch(post('/embed', { input: 'a' }))
  const options = { role: 'query', dimensions: 2, normalize: false, truncate: 'start', deterministic: true }
  await fetch(post('/embed', { input: ['a', 'b'], model: 'fast', ...options }))
  expect(engine.jobs).toEqual([
    { model: 'small', inputs: ['a'], options: { dimensions: 4, truncate: 'end', deterministic: false } },
    { model: 'small', inputs: ['a', 'b'], options },
  ])
})

test('takes token ids, one list or several', async () => {
  const { fetch, engine } = createTestApp()
  await fetch(post('/embed', { input: [7, 8] }))
  await fetch(post('/embed', { input: [[7], [8, 9]] }))
  expect(engine.jobs.map((job) => job.inputs)).toEqual([[[7, 8]], [[7], [8, 9]]])
})

test.each([
  ['base64', { embeddings: ['AAAAQAAAgD8AAAAAAAAAAA=='] }],
  ['int8', { embeddings: [[127, 64, 0, 0]], scales: [2 / 127] }],
  ['ubinary', { embeddings: [[0b11000000]] }],
])('answers in the encoding %s', async (encoding, rows) => {
  const response = await createTestApp().fetch(post('/embed', { input: 'ab', encoding }))
  expect(await response.json()).toMatchObject(rows)
})

test('lists models with what a caller needs to choose one', async () => {
  const { models } = (await (await createTestApp().fetch(get('/models'))).json()) as { models: object[] }
  expect(models).toHaveLength(5)
  expect(models[0]).toMatchObject({
    id: 'small',
    aliases: ['fast'],
    task: 'embed',
    dimensions: 4,
    matryoshka: [2],
    maxTokens: 16,
    languages: ['en'],
    license: 'Apache-2.0',
    loaded: true,
    memoryBytes: 100,
    loads: 1,
    evictions: 0,
    lastUsedAt: '2023-11-14T22:13:20.000Z',
  })
  expect(models[1]).toMatchObject({ id: 'wide', loaded: false, memoryBytes: 0, lastUsedAt: null })
})

test('says that it is healthy', async () => {
  const response = await createTestApp().fetch(get('/health'))
  expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
})

test('says when only a new process helps, and when no requests should come', async () => {
  const engine = { ...createRecordingEngine(), problem: () => 'A thread hangs.' }
  const app = createAppOver(engine, { unready: () => 'The process is about to stop.' })
  const answers = await Promise.all(['/health', '/ready'].map((path) => app.fetch(get(path))))
  expect(answers.map(({ status }) => status)).toEqual([503, 503])
  expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([
    { status: 'not ok', reason: 'A thread hangs.' },
    { status: 'not ready', reason: 'The process is about to stop.' },
  ])
})

test('answers with the id of the request, its own when the given one is not safe to log', async () => {
  const { fetch } = createTestApp()
  const idOf = async (id: string) =>
    (await fetch(get('/models', { 'x-request-id': id }))).headers.get('x-request-id')
  expect(await idOf('abc-123')).toBe('abc-123')
  expect(await idOf('a b')).toMatch(/^[0-9a-f-]{36}$/)
})

test('adds what it measured to the metrics of the invocation', async () => {
  const context = createContext()
  await createTestApp().fetch(post('/embed', { input: ['a', 'bc'] }), context)
  const [[model, values]] = [...context.metrics.entries()] as [[string, ReadonlyMap<string, number>]]
  expect(model).toBe('small')
  expect(Object.fromEntries(values)).toMatchObject({
    Requests: 1,
    InputTexts: 2,
    InputTokens: 3,
    ColdStart: 1,
  })
})
