import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { post } from '../support/http.ts'
import { createRealApp } from '../support/real-app.ts'

const LONG = Array.from({ length: 700 }, () => 'nurse').join(' ')
const SHORT = 'nurse'

function recorded(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(`test/fixtures/cases/http/${name}.json`, 'utf8'))
}

async function ask(path: string, body: object) {
  const app = createRealApp({ balanced: 'bert-float32', search: 'bert-float32' })
  const response = await app.fetch(post(path, body))
  return {
    status: response.status,
    truncated: response.headers.get('x-truncated'),
    body: (await response.json()) as Record<string, never>,
  }
}

test.each<[string, object]>([
  ['/embed', { input: [LONG, SHORT] }],
  ['/embed', { inputs: [LONG, SHORT] }],
  ['/v1/embeddings', { model: 'balanced', input: [LONG, SHORT] }],
  ['/v2/embed', { model: 'balanced', input_type: 'clustering', texts: [LONG, SHORT] }],
  ['/rerank', { query: SHORT, texts: [LONG, SHORT] }],
  ['/rerank', { query: SHORT, texts: [LONG, SHORT], model: 'bert-reranker' }],
  ['/similarity', { inputs: { source_sentence: SHORT, sentences: [LONG, SHORT] } }],
  ['/v2/rerank', { model: 'bert-reranker', query: SHORT, documents: [LONG, SHORT] }],
  ['/match', { query: SHORT, candidates: [LONG, SHORT] }],
])('%s says in a header how many inputs lost tokens', async (path, body) => {
  expect(await ask(path, body)).toMatchObject({ status: 200, truncated: '1' })
})

test('says so in the usage or the warnings of each shape that has room for it', async () => {
  const recordedRequest = recorded('v1-embeddings.silent_truncation')
  const openAi = await ask('/v1/embeddings', { ...recordedRequest, truncate: undefined })
  expect(openAi).toMatchObject({ status: 200, truncated: '1', body: { usage: { truncated: 1 } } })
  const native = await ask('/embed', { input: [LONG, SHORT] })
  expect(native.body.usage).toMatchObject({ truncated: 1 })
  const cohere = await ask('/v2/embed', { model: 'balanced', input_type: 'clustering', texts: [LONG] })
  expect(cohere.body.meta).toMatchObject({ warnings: [expect.stringContaining('1 of 1 inputs lost tokens')] })
  const rerank = await ask('/v2/rerank', { model: 'balanced', query: SHORT, documents: [LONG, LONG] })
  expect(rerank.body.meta).toMatchObject({ warnings: [expect.stringContaining('2 of 3 inputs lost tokens')] })
  const match = await ask('/match', { query: SHORT, candidates: [LONG, SHORT] })
  expect(match.body).toMatchObject({
    usage: { truncated: 1 },
    warnings: [expect.stringContaining('1 texts are longer than model bert-float32 reads')],
  })
})

test('says nothing of it where nothing was lost', async () => {
  const openAi = await ask('/v1/embeddings', { model: 'balanced', input: SHORT })
  expect([openAi.truncated, Object.keys(openAi.body.usage!)]).toEqual([
    '0',
    ['prompt_tokens', 'total_tokens'],
  ])
  const cohere = await ask('/v2/embed', { model: 'balanced', input_type: 'clustering', texts: [SHORT] })
  expect(Object.keys(cohere.body.meta!)).toEqual(['api_version', 'billed_units'])
  expect((await ask('/match', { query: SHORT, candidates: [SHORT] })).body.warnings).toEqual([])
})

test.each([false, 'none', 'NONE'])(
  'refuses a long text on /v1/embeddings for truncate: %s',
  async (truncate) => {
    const { status, body } = await ask('/v1/embeddings', {
      model: 'balanced',
      input: [SHORT, LONG],
      truncate,
    })
    expect([status, body.error]).toMatchObject([
      413,
      { type: 'invalid_request_error', code: 'input_too_long', param: 'input[1]' },
    ])
  },
)

test('keeps the end of a text on /v1/embeddings that is asked for', async () => {
  const marked = `first ${LONG} last`
  const vectorOf = async (truncate: unknown) => {
    const { body } = await ask('/v1/embeddings', { model: 'balanced', input: marked, truncate })
    return (body as { data?: { embedding: number[] }[] }).data![0]!.embedding
  }
  const end = await vectorOf('end')
  expect(await vectorOf(true)).toEqual(end)
  expect(await vectorOf('END')).toEqual(end)
  expect(await vectorOf(null)).toEqual(end)
  expect(await vectorOf('start')).not.toEqual(end)
})

test("answers a text that is too long with TEI's status, 413, and its error type", async () => {
  const body = { ...recorded('embed.tei_413'), inputs: LONG }
  expect(await ask('/embed', body)).toMatchObject({ status: 413, body: { error_type: 'Validation' } })
  expect(await ask('/rerank', { query: SHORT, texts: [LONG], truncate: false })).toMatchObject({
    status: 413,
    body: { error_type: 'Validation' },
  })
  const many = Array.from({ length: 3000 }, () => 'a')
  expect(await ask('/embed', { inputs: many })).toMatchObject({
    status: 413,
    body: { error_type: 'Validation' },
  })
})

test('refuses a long text of Cohere for truncate NONE', async () => {
  const body = { model: 'balanced', input_type: 'clustering', texts: [LONG], truncate: 'NONE' }
  expect((await ask('/v2/embed', body)).status).toBe(413)
})

test.each<[string, object]>([
  ['/match', { query: SHORT, candidates: [SHORT] }],
  ['/rerank', { query: SHORT, texts: [SHORT] }],
  ['/rerank', { query: SHORT, texts: [SHORT], model: 'bert-reranker' }],
  ['/similarity', { inputs: { source_sentence: SHORT, sentences: [SHORT] } }],
  ['/v2/rerank', { model: 'balanced', query: SHORT, documents: [SHORT] }],
])('%s says in headers what its models did, as the routes of vectors do', async (path, body) => {
  const app = createRealApp({ balanced: 'bert-float32', search: 'bert-float32' })
  const { headers } = await app.fetch(post(path, body))
  expect(headers.get('server-timing')).toMatch(/^load;dur=[\d.]+, tokenize;dur=[\d.]+, inference;dur=[\d.]+$/)
  expect(Number(headers.get('x-inference-time'))).toBeGreaterThan(0)
  expect(Number(headers.get('x-compute-tokens'))).toBeGreaterThan(1)
  expect(headers.get('x-cold-start')).toBe('true')
  expect(headers.get('x-unknown-inputs')).toBe('0')
})
