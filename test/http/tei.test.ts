import { InferenceClient } from '@huggingface/inference'
import { expect, test } from 'vitest'
import { createAppOver, createTestApp, get, post } from '../support/http.ts'
import { serve } from '../support/http-server.ts'
import { createWordEngine } from '../support/word-engine.ts'

async function ask(path: string, body: object) {
  const response = await createAppOver(createWordEngine()).fetch(post(path, body))
  return { status: response.status, body: (await response.json()) as never, headers: response.headers }
}

test('the client of Hugging Face embeds through the same route as ours', async () => {
  const client = new InferenceClient('secret', {
    endpointUrl: `${await serve(createAppOver(createWordEngine()))}/embed`,
  })
  const vectors = (await client.featureExtraction({ inputs: ['nurse', 'baker'] })) as number[][]
  expect(vectors.map((vector) => vector.length)).toEqual([4, 4])
})

test('the client of Hugging Face compares sentences', async () => {
  const endpointUrl = `${await serve(createAppOver(createWordEngine()))}/similarity`
  const client = new InferenceClient('secret', { endpointUrl })
  const inputs = { source_sentence: 'nurse', sentences: ['nurse', 'baker'] }
  const [same, other] = await client.sentenceSimilarity({ inputs })
  expect(same).toBeCloseTo(1, 6)
  expect(other).toBeLessThan(0.9)
})

test('embeds one text or several as a bare list, with the measurements in headers', async () => {
  const { fetch, engine } = createTestApp()
  const one = await fetch(post('/embed', { inputs: 'nurse' }))
  expect(await one.json()).toEqual([[5, 1, 0, 0]])
  expect(one.headers.get('x-compute-tokens')).toBe('5')
  const options = {
    truncate: true,
    truncation_direction: 'Left',
    prompt_name: 'query',
    normalize: false,
    dimensions: 2,
  }
  expect(await (await fetch(post('/embed', { inputs: ['a', 'bc'], ...options }))).json()).toEqual([
    [1, 1],
    [2, 1],
  ])
  expect(engine.jobs.map((job) => job.options)).toEqual([
    { dimensions: 4, normalize: true, truncate: 'end' },
    { dimensions: 2, normalize: false, truncate: 'start', role: 'query' },
  ])
})

test('refuses long texts only when truncation is turned off', async () => {
  const { fetch, engine } = createTestApp()
  await fetch(post('/embed', { inputs: 'a', truncate: false }))
  await fetch(post('/embed', { inputs: 'a', truncate: null }))
  expect(engine.jobs.map((job) => job.options.truncate)).toEqual([false, 'end'])
})

test('reranks, best first, with texts and raw scores where they are asked for', async () => {
  const request = { query: 'nurse', texts: ['baker', 'nurse'], model: 'wide' }
  const plain = (await ask('/rerank', request)).body as { index: number; score: number }[]
  expect(plain.map(({ index }) => index)).toEqual([1, 0])
  expect(plain[0]).toEqual({ index: 1, score: expect.closeTo(1 / (1 + Math.exp(-6)), 6) })
  const { body } = await ask('/rerank', { ...request, raw_scores: true, return_text: true })
  expect((body as object[])[0]).toEqual({ index: 1, text: 'nurse', score: expect.closeTo(1, 6) })
})

test('reranks with a cross-encoder: logits through the sigmoid, or raw', async () => {
  const request = { query: 'night nurse', texts: ['baker', 'night nurse'], model: 'cross' }
  const { body } = await ask('/rerank', request)
  expect(body).toEqual([
    { index: 1, score: expect.closeTo(1 / (1 + Math.exp(-1)), 6) },
    { index: 0, score: expect.closeTo(1 / (1 + Math.exp(0.5)), 6) },
  ])
  const raw = (await ask('/rerank', { ...request, raw_scores: true, return_text: true })).body
  expect(raw).toEqual([
    { index: 1, text: 'night nurse', score: 1 },
    { index: 0, text: 'baker', score: -0.5 },
  ])
  const { fetch, engine } = createTestApp()
  await fetch(post('/rerank', { ...request, truncate: true, truncation_direction: 'Left' }))
  await fetch(post('/rerank', { ...request, truncate: false }))
  expect(engine.scoreJobs.map(({ options }) => options.truncate)).toEqual(['start', false])
})

test('describes a reranker as one', async () => {
  const app = createTestApp({ defaultModel: 'cross' })
  expect(await (await app.fetch(get('/info'))).json()).toMatchObject({
    model_id: 'cross',
    model_type: { reranker: { id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } } },
  })
})

test('describes the default model at /info', async () => {
  expect(await (await createTestApp().fetch(get('/info'))).json()).toMatchObject({
    model_id: 'small',
    model_type: { embedding: { pooling: 'mean' } },
    max_input_length: 16,
    max_client_batch_size: 2048,
    auto_truncate: true,
  })
})

test('shows tokens, one list for each text, whether one text is sent or several', async () => {
  const token = (text: string, stop: number) => ({ id: 1, text, special: false, start: 0, stop })
  expect((await ask('/tokenize', { inputs: 'nurse' })).body).toEqual([[token('nurse', 5)]])
  const { body } = await ask('/tokenize', {
    inputs: ['护士', 'a'],
    model: 'cross',
    add_special_tokens: false,
  })
  expect(body).toEqual([[token('护士', 6)], [token('a', 1)]])
})

test.each<[string, string, object, number, string]>([
  ['nothing to tokenize', '/tokenize', { inputs: [] }, 400, 'Empty'],
  ['token ids to tokenize', '/tokenize', { inputs: [1, 2] }, 422, 'Validation'],
  ['a model that there is not', '/tokenize', { inputs: 'a', model: 'smal' }, 422, 'Validation'],
  ['nothing to embed', '/embed', { inputs: [] }, 400, 'Empty'],
  ['a wrong type', '/embed', { inputs: 5 }, 422, 'Validation'],
  ['texts to rerank that are none', '/rerank', { query: 'a', texts: [] }, 400, 'Empty'],
  ['a query that is missing', '/rerank', { texts: ['a'] }, 422, 'Validation'],
  ['a model of another task', '/rerank', { query: 'a', texts: ['a'], model: 'writer' }, 424, 'Backend'],
  [
    'to compare sentences with a reranker',
    '/similarity',
    { inputs: { source_sentence: 'a', sentences: ['a'] }, model: 'cross' },
    424,
    'Backend',
  ],
  ['no sentences', '/similarity', { inputs: { source_sentence: 'a', sentences: [] } }, 400, 'Empty'],
  ['a wrong direction', '/embed', { inputs: 'a', truncation_direction: 'Up' }, 422, 'Validation'],
  ['100,000 texts', '/embed', { inputs: Array.from({ length: 100_000 }, () => 'a') }, 413, 'Validation'],
])('refuses %s with the types and statuses of TEI', async (_, path, request, status, type) => {
  const answer = await ask(path, request)
  expect(answer.status).toBe(status)
  expect(answer.body).toEqual({ error: expect.any(String), error_type: type })
})
