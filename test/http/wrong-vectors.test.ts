import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { createHttpApp } from '../../src/http/app.ts'
import { LAMBDA_LIMITS } from '../../src/http/limits.ts'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import { createServices } from '../../src/services/services.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { brokenGraph, brokenJudge, WIDTH } from '../support/broken-graphs.ts'
import { openFixtures } from '../support/fixtures.ts'
import { temporaryFolder } from '../support/folders.ts'
import { get, post } from '../support/http.ts'
import { writeModel } from '../support/tiny-encoder.ts'
import { TINY_TOKENIZER } from '../support/tiny-model.ts'

const caseOf = (name: string) =>
  readFileSync(join(import.meta.dirname, '../fixtures/cases/http', `${name}.json`), 'utf8')

/** `mini-nan` gives NaN for "nurse", `judge` as a reranker; `wide` promises other columns than its graph has. */
function openApp() {
  const folder = temporaryFolder('wrong-vectors')
  const tokenizer = JSON.parse(TINY_TOKENIZER)
  const bad = { nurse: Number.NaN }
  const manifests = [
    writeModel(folder, 'mini-nan', { graph: brokenGraph({ values: bad }), tokenizer }, { dimensions: WIDTH }),
    writeModel(folder, 'judge', { graph: brokenJudge(bad), tokenizer }, { task: 'rerank', dimensions: 1 }),
    writeModel(folder, 'wide', { graph: brokenGraph({}), tokenizer }, { dimensions: 768 }),
  ]
  const catalog = createCatalog(manifests)
  const engine = openFixtures({ manifests, stores: [createDirectoryStore(folder)] })
  const services = createServices({ catalog, engine, defaultModel: 'mini-nan' })
  const app = createHttpApp({ ...services, catalog, engine, defaultModel: 'mini-nan', limits: LAMBDA_LIMITS })
  return (request: Request) => app.fetch(request, createContext())
}

describe('a model that gives NaN', () => {
  it.each([
    ['/embed', caseOf('embed.nan_weights')],
    ['/embed', { model: 'mini-nan', input: ['nurse'], encoding: 'base64' }],
    ['/embed', { model: 'mini-nan', inputs: ['nurse'] }],
    ['/v1/embeddings', { model: 'mini-nan', input: 'nurse' }],
    [
      '/v2/embed',
      { model: 'mini-nan', texts: ['nurse'], input_type: 'search_query', embedding_types: ['int8'] },
    ],
    ['/rerank', caseOf('rerank.nan_weights')],
    ['/rerank', { model: 'judge', query: 'cook', texts: ['baker', 'nurse'] }],
    ['/v2/rerank', { model: 'judge', query: 'cook', documents: ['nurse'] }],
    ['/similarity', { model: 'mini-nan', inputs: { source_sentence: 'cook', sentences: ['nurse'] } }],
    ['/match', { model: 'mini-nan', query: 'cook', candidates: [{ id: 'a', text: 'nurse' }] }],
  ])('is an error of %s that names model and output: %j', async (path, body) => {
    const tei = ['/rerank', '/similarity'].includes(path) || (typeof body === 'object' && 'inputs' in body)
    const response = await openApp()(post(path, body))
    const text = await response.text()
    // Text Embeddings Inference has a status of its own for a model that fails.
    expect([response.status, text]).toEqual([
      tei ? 424 : 500,
      expect.stringMatching(
        /Model (mini-nan|judge) gave NaN or an infinity in its output (last_hidden_state|logits)/,
      ),
    ])
  })

  it('embeds what it can embed', async () => {
    const response = await openApp()(post('/embed', { input: ['cook', 'baker'] }))
    expect(await response.json()).toMatchObject({
      embeddings: [[...Array(WIDTH)].map(() => expect.closeTo(WIDTH ** -0.5, 6)), expect.any(Array)],
    })
  })
})

it('a manifest of another width than its graph is refused before anything is answered', async () => {
  const response = await openApp()(post('/embed', { model: 'wide', input: 'cook' }))
  expect(response.status).toBe(503)
  expect(await response.text()).toContain(
    "gives vectors of 8 columns in its output last_hidden_state; expected the manifest's 768",
  )
})

it('a reranker has one dimension in the list of models', async () => {
  const { models } = (await (await openApp()(get('/models'))).json()) as { models: object[] }
  expect(models).toContainEqual(expect.objectContaining({ id: 'judge', dimensions: 1 }))
})
