import { readFileSync } from 'node:fs'
import { InferenceClient } from '@huggingface/inference'
import { expect, test } from 'vitest'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import { createServices } from '../../src/services/services.ts'
import { createAppOver, createTestApp, get, post } from '../support/http.ts'
import { serve } from '../support/http-server.ts'
import { manifestOf } from '../support/manifests.ts'
import { createWordEngine } from '../support/word-engine.ts'

const engine = createWordEngine()
const app = createAppOver(engine)

async function ask(path: string, body: object, over = app) {
  const response = await over.fetch(post(path, body))
  return { status: response.status, body: await response.json(), headers: response.headers }
}

test("POST / answers as TEI's /embed, and a sentence with others as /similarity", async () => {
  const recorded = JSON.parse(readFileSync('test/fixtures/cases/http/root.json', 'utf8'))
  const root = await ask('/', { ...recorded, model: 'wide' })
  expect([root.status, root.body]).toEqual([200, (await ask('/embed', { ...recorded, model: 'wide' })).body])
  const inputs = { source_sentence: 'nurse', sentences: ['nurse', 'baker'] }
  expect((await ask('/', { inputs, model: 'wide' })).body).toEqual(
    (await ask('/similarity', { inputs, model: 'wide' })).body,
  )
  expect(await ask('/', { inputs: 5 })).toMatchObject({ status: 422, body: { error_type: 'Validation' } })
})

test("the official client of Hugging Face works with the server's bare address", async () => {
  const endpointUrl = await serve(app)
  const client = new InferenceClient('token', { endpointUrl })
  const vectors = (await client.featureExtraction({ inputs: ['nurse', 'baker'] })) as number[][]
  expect(vectors.map((vector) => vector.length)).toEqual([4, 4])
})

test("/v1/rerank takes and gives what clients of Cohere's first version and of Jina do", async () => {
  const documents = ['baker', { text: 'care nurse' }, 'nurse']
  const { status, body } = await ask('/v1/rerank', {
    model: 'wide',
    query: 'nurse',
    documents,
    top_n: 2,
    return_documents: true,
  })
  expect([status, body]).toMatchObject([
    200,
    {
      id: expect.any(String),
      model: 'wide',
      results: [
        { index: 2, document: { text: 'nurse' } },
        { index: 1, document: { text: 'care nurse' } },
      ],
      usage: { total_tokens: expect.any(Number) },
      meta: { api_version: { version: '1' } },
    },
  ])
  const plain = await ask('/v1/rerank', { query: 'nurse', documents: ['nurse'], model: null, top_n: null })
  expect(plain.body).toMatchObject({
    model: 'small',
    results: [{ index: 0, relevance_score: expect.any(Number) }],
  })
  expect(await ask('/v1/rerank', { query: 'a', documents: ['a', ''] })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('documents[1] is empty') },
  })
})

test('/v1/embed answers one list, or one for each format that is asked for', async () => {
  const texts = ['nurse', 'baker']
  const floats = await ask('/v1/embed', { model: 'wide', texts, input_type: 'search_query' })
  const typed = await ask('/v1/embed', {
    model: 'wide',
    texts,
    input_type: 'search_query',
    embedding_types: ['float', 'int8'],
  })
  expect(floats.body).toMatchObject({
    response_type: 'embeddings_floats',
    texts,
    meta: { api_version: { version: '1' } },
  })
  expect(typed.body).toMatchObject({ response_type: 'embeddings_by_type' })
  const { embeddings } = floats.body as { embeddings: number[][] }
  expect(embeddings).toEqual((typed.body as { embeddings: { float: number[][] } }).embeddings.float)
  expect(await ask('/v1/embed', { texts })).toMatchObject({ status: 200 })
  expect(await ask('/v1/embed', { texts: [] })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('texts') },
  })
})

test.each([
  ['/embed_all', 'POST /embed'],
  ['/embed_sparse', 'POST /embed'],
  ['/predict', 'POST /rerank'],
  ['/predict/', 'POST /rerank'],
])('refuses %s and names %s, in the words of TEI', async (path, instead) => {
  expect(await ask(path, { inputs: 'a' })).toMatchObject({
    status: 424,
    body: { error: expect.stringContaining(instead), error_type: 'Backend' },
  })
})

test('takes a slash at the end of every route', async () => {
  expect((await ask('/embed/', { input: 'a' })).status).toBe(200)
  expect((await ask('/v1/embeddings/', { input: 'a', model: 'small' })).status).toBe(200)
  expect((await app.fetch(get('/v1/models/'))).status).toBe(200)
  expect((await app.fetch(get('/embed/'))).status).toBe(405)
})

test('answers HEAD as GET, and OPTIONS with the methods', async () => {
  const head = await app.fetch(new Request('http://localhost/health', { method: 'HEAD' }))
  expect([head.status, await head.text()]).toEqual([200, ''])
  const options = await app.fetch(new Request('http://localhost/embed', { method: 'OPTIONS' }))
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, OPTIONS'])
  expect((await app.fetch(new Request('http://localhost/nowhere', { method: 'OPTIONS' }))).status).toBe(404)
})

test.each([
  ['/embeddings', '/embeddings/embed', 200],
  ['/embeddings', '/embeddings/embed/', 200],
  ['/embeddings', '/embed', 200],
  ['/embeddings', '/embeddingsembed', 404],
  ['/a/b', '/a/b/embed', 200],
  ['/v1', '/v1/v1/embeddings', 200],
  ['/v1', '/v1/embeddings', 200],
  ['', '/x/embed', 404],
])('with the base path "%s" answers %s with %i', async (basePath, path, status) => {
  const behind = createAppOver(engine, { basePath })
  expect((await ask(path, { input: 'a', model: 'small' }, behind)).status).toBe(status)
})

test.each([
  [undefined, '/'],
  ['/embeddings', '/embeddings'],
])('with the base path "%s" the OpenAPI document names the server %s', async (basePath, url) => {
  const response = await createAppOver(engine, { basePath }).fetch(get('/openapi.json'))
  expect(await response.json()).toMatchObject({ servers: [{ url }] })
})

test('finds models by the repository that they are from, capitals or not', async () => {
  const catalog = createCatalog([
    manifestOf({ id: 'mini', repo: 'Xenova/mini', origin: 'sentence-transformers/mini', dimensions: 64 }),
    manifestOf({ id: 'one', repo: 'owner/both', dimensions: 64 }),
    manifestOf({ id: 'two', repo: 'other/both', origin: 'owner/both', dimensions: 64 }),
  ])
  const services = createServices({ catalog, engine, defaultModel: 'mini' })
  const other = createAppOver(engine, { ...services, catalog })
  for (const model of ['sentence-transformers/mini', 'Xenova/mini', 'xenova/MINI']) {
    expect(await ask('/v1/embeddings', { model, input: 'a' }, other)).toMatchObject({
      status: 200,
      body: { model: 'mini' },
    })
    const paths = [`/v1/models/${model}`, `/v1/models/${encodeURIComponent(model)}`]
    for (const path of paths) {
      expect(await (await other.fetch(get(path))).json()).toMatchObject({ id: model, object: 'model' })
    }
  }
  const several = await ask('/embed', { model: 'owner/both', input: 'a' }, other)
  expect(several).toMatchObject({ status: 404, body: { error: { details: { nearest: ['one', 'two'] } } } })
  expect((await ask('/embed', { model: 'nobody/mini', input: 'a' }, other)).status).toBe(404)
  expect((await other.fetch(get('/v1/models/nobody/mini'))).status).toBe(404)
})

test('names the code of an error in a header, whatever the dialect', async () => {
  const { headers } = await ask('/rerank', { query: 'a', texts: ['a'], model: 'smal' })
  expect(headers.get('x-error-code')).toBe('unknown_model')
  expect((await createTestApp().fetch(get('/nowhere'))).headers.get('x-error-code')).toBe('invalid_request')
})
