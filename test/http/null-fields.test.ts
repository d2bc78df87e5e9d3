import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createAppOver, post } from '../support/http.ts'
import { VALID } from '../support/valid-bodies.ts'
import { createWordEngine } from '../support/word-engine.ts'

const app = createAppOver(createWordEngine())

async function ask(path: string, body: unknown) {
  const response = await app.fetch(post(path, body))
  return { status: response.status, text: await response.text() }
}

/** Fields that may be left out, by route. */
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  '/embed': ['truncate', 'truncation_direction', 'prompt_name', 'normalize', 'dimensions', 'model'],
  '/rerank': ['truncate', 'truncation_direction', 'raw_scores', 'return_text', 'model'],
  '/similarity': ['parameters', 'model'],
  '/tokenize': ['add_special_tokens', 'prompt_name', 'model'],
  '/v2/rerank': ['top_n', 'max_tokens_per_doc'],
  '/v2/embed': ['inputs', 'embedding_types', 'output_dimension', 'truncate'],
  '/v1/embeddings': ['encoding_format', 'dimensions', 'user', 'truncate'],
  '/match': [
    'queries',
    'model',
    'topK',
    'threshold',
    'filters',
    'weights',
    'rerank',
    'explain',
    'redact',
    'role',
    'deterministic',
  ],
}

test.each(Object.entries(OPTIONAL))(
  '%s takes null for every field that may be left out',
  async (path, fields) => {
    const body: Record<string, unknown> = { ...VALID[path]! }
    if (path === '/match') body.model = 'wide'
    for (const field of fields) {
      const answer = await ask(path, { ...body, [field]: null })
      expect([path, field, answer.status]).toEqual([path, field, 200])
    }
    expect(
      (await ask(path, { ...body, ...Object.fromEntries(fields.map((field) => [field, null])) })).status,
    ).toBe(200)
  },
)

test.each([
  ['/embed', { input: 'a', role: null, dimensions: null, encoding: null, normalize: null, truncate: null }],
  ['/embed', { input: 'a', model: null, deterministic: null }],
  ['/similarity', { ...VALID['/similarity'], parameters: { truncate: null, prompt_name: null } }],
  ['/match', { ...VALID['/match'], candidates: [{ id: null, vector: null, text: 'a', city: null }] }],
  ['/match', { ...VALID['/match'], filters: { city: null, text: { equals: 'a', min: null } } }],
  ['/match', { ...VALID['/match'], weights: { text: 1, city: null } }],
  ['/match', { ...VALID['/match'], rerank: { model: 'cross', top: null } }],
  ['/match', { ...VALID['/match'], model: { ensemble: [{ model: 'wide', weight: null }], fusion: null } }],
])('%s takes null within %j as absent', async (path, body) => {
  const { status, text } = await ask(path, body)
  expect([status, text]).toEqual([200, expect.any(String)])
})

test.each(['encoding_null', 'dimensions_null'])(
  'answers the recorded request %s of LiteLLM',
  async (name) => {
    const body = JSON.parse(readFileSync(`test/fixtures/cases/http/v1-embeddings.${name}.json`, 'utf8'))
    const { status, text } = await ask('/v1/embeddings', { ...body, model: 'wide' })
    expect(status).toBe(200)
    expect(JSON.parse(text).data[0].embedding).toHaveLength(64)
  },
)
