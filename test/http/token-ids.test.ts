import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import { createServices } from '../../src/services/services.ts'
import { createRecordingEngine } from '../support/engines.ts'
import { createAppOver, createTestApp, post } from '../support/http.ts'
import { manifestOf } from '../support/manifests.ts'

const cl100k = JSON.parse(
  readFileSync('test/fixtures/cases/http/v1-embeddings.cl100k_ids_hello_world.json', 'utf8'),
) as { input: number[] }

test.each([[cl100k.input], [[cl100k.input]], [['a'].map(() => [1])]])(
  "refuses the ids %j of OpenAI's vocabulary, and names the switch of LangChain",
  async (input) => {
    const app = createTestApp()
    const response = await app.fetch(post('/v1/embeddings', { model: 'small', input }))
    expect(response.status).toBe(400)
    const { error } = (await response.json()) as { error: { message: string } }
    expect(error).toMatchObject({ code: 'invalid_request', param: 'input', type: 'invalid_request_error' })
    expect(error.message).toContain('check_embedding_ctx_length: false')
    expect(error.message).toContain('OpenAIEmbeddings(check_embedding_ctx_length=False)')
    expect(app.engine.jobs).toEqual([])
  },
)

test("takes ids that the caller calls the model's own", async () => {
  const app = createTestApp()
  const headers = { 'x-token-ids': 'model' }
  for (const input of [
    [1, 2, 3],
    [[1], [2, 3]],
  ]) {
    expect((await app.fetch(post('/v1/embeddings', { model: 'small', input }, headers))).status).toBe(200)
  }
  expect(app.engine.jobs.map(({ inputs }) => inputs)).toEqual([[[1, 2, 3]], [[1], [2, 3]]])
})

test('refuses a header that says something else', async () => {
  const body = { model: 'small', input: 'a' }
  const response = await createTestApp().fetch(post('/v1/embeddings', body, { 'x-token-ids': 'openai' }))
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'x-token-ids' } }])
})

test('takes ids for a model whose manifest says that they are its own', async () => {
  const engine = createRecordingEngine()
  const catalog = createCatalog([manifestOf({ id: 'open', acceptsTokenIds: true })])
  const services = createServices({ catalog, engine, defaultModel: 'open' })
  const app = createAppOver(engine, { ...services, catalog })
  expect((await app.fetch(post('/v1/embeddings', { model: 'open', input: [1, 2] }))).status).toBe(200)
})

test("takes ids on the project's own route and TEI's as the model's own", async () => {
  const app = createTestApp()
  expect((await app.fetch(post('/embed', { input: [1, 2] }))).status).toBe(200)
  expect((await app.fetch(post('/embed', { inputs: [[1], [2]] }))).status).toBe(200)
})
