import { CohereClientV2, CohereError } from 'cohere-ai'
import { expect, test } from 'vitest'
import { createAppOver, createTestApp, post } from '../support/http.ts'
import { serve } from '../support/http-server.ts'
import { createWordEngine } from '../support/word-engine.ts'

async function connect() {
  const engine = createWordEngine()
  const environment = await serve(createAppOver(engine))
  return { engine, client: new CohereClientV2({ environment, token: 'secret', maxRetries: 0 }) }
}

test('the official client reranks, best first', async () => {
  const { client } = await connect()
  const documents = ['baker', 'care nurse', 'nurse']
  const { results, meta } = await client.rerank({ model: 'wide', query: 'nurse', documents })
  expect(results.map(({ index }) => index)).toEqual([2, 1, 0])
  expect(results[0]!.relevanceScore).toBeCloseTo(1 / (1 + Math.exp(-6)), 6)
  expect(meta).toMatchObject({ apiVersion: { version: '2' }, billedUnits: { searchUnits: 1 } })
})

test('the official client reranks the best few, equal ones in given order', async () => {
  const { client } = await connect()
  const documents = ['nurse', 'nurse', 'nurse']
  const { results } = await client.rerank({ model: 'wide', query: 'nurse', documents, topN: 2 })
  expect(results.map(({ index }) => index)).toEqual([0, 1])
})

test('relevance stays within 0 and 1 when the model has no calibration', async () => {
  const { client } = await connect()
  const { results } = await client.rerank({
    model: 'large',
    query: 'nurse',
    documents: ['baker', 'nurse', 'cook', 'java'],
  })
  for (const { relevanceScore } of results) expect(relevanceScore >= 0 && relevanceScore <= 1).toBe(true)
})

test('the official client reranks with a cross-encoder', async () => {
  const { client, engine } = await connect()
  const documents = ['baker', 'night nurse', 'nurse']
  const { results } = await client.rerank({ model: 'cross', query: 'night nurse', documents })
  expect(results).toEqual([
    { index: 1, relevanceScore: expect.closeTo(1 / (1 + Math.exp(-1)), 6) },
    { index: 2, relevanceScore: expect.closeTo(1 / (1 + Math.exp(-0.5)), 6) },
    { index: 0, relevanceScore: expect.closeTo(1 / (1 + Math.exp(0.5)), 6) },
  ])
  expect(engine.scoreJobs).toMatchObject([{ model: 'cross', query: 'night nurse', texts: documents }])
})

test('hands on how much of each document to read', async () => {
  const { client, engine } = await connect()
  const request = { query: 'nurse', documents: ['a long one'], maxTokensPerDoc: 3 }
  await client.rerank({ ...request, model: 'cross' })
  await client.rerank({ ...request, model: 'wide' })
  expect(engine.scoreJobs[0]!.options.maxTextTokens).toBe(3)
  expect(engine.jobs.map(({ options }) => options.maxTokens)).toEqual([undefined, 3])
})

test('the official client embeds in every number format', async () => {
  const { client, engine } = await connect()
  const embeddingTypes = ['float', 'int8', 'uint8', 'binary', 'ubinary', 'base64'] as const
  const answer = await client.embed({
    model: 'wide',
    inputType: 'search_query',
    texts: ['nurse', 'baker'],
    embeddingTypes: [...embeddingTypes],
    truncate: 'START',
  })
  const { float, int8, uint8, binary, ubinary, base64 } = answer.embeddings
  expect([float, int8, uint8, binary, ubinary].map((rows) => rows!.map((row) => row.length))).toEqual([
    [64, 64],
    [64, 64],
    [64, 64],
    [8, 8],
    [8, 8],
  ])
  expect(uint8![0]).toEqual(int8![0]!.map((code) => code + 128))
  expect(binary![0]).toEqual(ubinary![0]!.map((byte) => byte - 128))
  const decoded = new Float32Array(Uint8Array.from(Buffer.from(base64![0]!, 'base64')).buffer)
  float![0]!.forEach((value, index) => {
    expect(value).toBeCloseTo(decoded[index]!, 8)
  })
  expect(answer.texts).toEqual(['nurse', 'baker'])
  expect(engine.jobs[0]!.options).toMatchObject({ role: 'query', truncate: 'start' })
})

test('the official client may send content, and asks for floats when it names no format', async () => {
  const { client } = await connect()
  const content = [
    { type: 'text' as const, text: 'night' },
    { type: 'text' as const, text: 'nurse' },
  ]
  const answer = await client.embed({ model: 'small', inputType: 'clustering', inputs: [{ content }] })
  expect(Object.keys(answer.embeddings).filter((type) => answer.embeddings[type as 'float'])).toEqual([
    'float',
  ])
  expect(answer.texts).toEqual(['night\nnurse'])
})

test('the official client throws its own errors', async () => {
  const { client } = await connect()
  const refused = client.rerank({ model: 'wid', query: 'nurse', documents: ['a'] })
  await expect(refused).rejects.toThrow(CohereError)
  await expect(refused).rejects.toThrow(expect.objectContaining({ statusCode: 404 }))
})

test.each<[string, string, object, number, RegExp]>([
  [
    'an empty list of documents',
    '/v2/rerank',
    { model: 'wide', query: 'a', documents: [] },
    400,
    /documents is an empty list/,
  ],
  [
    'a blank query',
    '/v2/rerank',
    { model: 'wide', query: ' ', documents: ['a'] },
    400,
    /query is empty or blank/,
  ],
  [
    'a document that is no text',
    '/v2/rerank',
    { model: 'wide', query: 'a', documents: [{}] },
    400,
    /documents\[0\] is an object/,
  ],
  [
    'a model that only generates',
    '/v2/rerank',
    { model: 'writer', query: 'a', documents: ['a'] },
    422,
    /made to generate/,
  ],
  ['no texts', '/v2/embed', { model: 'wide', input_type: 'search_query' }, 400, /texts is missing/],
  ['no input type', '/v2/embed', { model: 'wide', texts: ['a'] }, 400, /input_type is missing/],
  [
    'an image',
    '/v2/embed',
    { model: 'wide', input_type: 'search_query', inputs: [{ content: [{ type: 'image_url' }] }] },
    400,
    /inputs\[0\]\.content\[0\]\.type is "image_url"; expected the type "text"/,
  ],
  [
    'an unknown format',
    '/v2/embed',
    { model: 'wide', input_type: 'clustering', texts: ['a'], embedding_types: ['int4'] },
    400,
    /embedding_types\[0\]/,
  ],
])('refuses %s in the words of Cohere', async (_, path, body, status, message) => {
  const response = await createTestApp().fetch(post(path, body))
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual({ id: expect.any(String), message: expect.stringMatching(message) })
})
