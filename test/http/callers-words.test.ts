import { describe, expect, test } from 'vitest'
import { createTestApp, post } from '../support/http.ts'
import { createRealApp } from '../support/real-app.ts'

const LONG = Array.from({ length: 700 }, () => 'nurse').join(' ')

async function ask(path: string, body: object) {
  const app = createRealApp({ balanced: 'bert-float32', search: 'bert-float32' })
  const response = await app.fetch(post(path, body))
  return { status: response.status, text: await response.text(), headers: response.headers }
}

describe('a text that is too long is called as its caller calls it', () => {
  test.each<[string, object, string]>([
    ['/embed', { input: ['a', LONG], truncate: false }, 'input[1]'],
    ['/embed', { inputs: ['a', LONG], truncate: false }, 'inputs[1]'],
    ['/v1/embeddings', { model: 'balanced', input: ['a', LONG], truncate: false }, 'input[1]'],
    ['/rerank', { query: 'a', texts: ['a', LONG], truncate: false }, 'texts[1]'],
    ['/rerank', { query: LONG, texts: ['a'], truncate: false }, 'query'],
    ['/rerank', { query: 'a', texts: ['a', LONG], truncate: false, model: 'bert-reranker' }, 'texts[1]'],
    [
      '/similarity',
      { inputs: { source_sentence: 'a', sentences: [LONG] }, parameters: { truncate: false } },
      'inputs.sentences[0]',
    ],
    [
      '/similarity',
      { inputs: { source_sentence: LONG, sentences: ['a'] }, parameters: { truncate: false } },
      'inputs.source_sentence',
    ],
    ['/v1/embed', { model: 'balanced', texts: ['a', LONG], truncate: 'NONE' }, 'texts[1]'],
    [
      '/v2/embed',
      {
        model: 'balanced',
        input_type: 'clustering',
        inputs: [{ content: [{ type: 'text', text: LONG }] }],
        truncate: 'NONE',
      },
      'inputs[0]',
    ],
  ])('at %s, case %#', async (path, body, field) => {
    const { status, text } = await ask(path, body)
    expect(status).toBe(413)
    expect(text).toContain(`"${field}: The input is too long`)
    expect(text).toContain('leave the field truncate out')
  })
})

describe('what a body asks for twice, or for nothing, is refused', () => {
  const embed = { model: 'balanced', input_type: 'clustering', texts: ['a'] }
  test.each<[string, string, object, string]>([
    ['texts and inputs', '/v2/embed', { ...embed, inputs: [] }, 'texts and inputs'],
    ['pictures', '/v2/embed', { ...embed, images: ['data:'] }, 'The field images'],
    ['no format', '/v2/embed', { ...embed, embedding_types: [] }, 'embedding_types'],
    ['no format in version 1', '/v1/embed', { ...embed, embedding_types: [] }, 'embedding_types'],
    [
      'fields that are not ranked',
      '/v1/rerank',
      { query: 'a', documents: [{ text: 'a', title: 'b' }], rank_fields: ['title'] },
      'rank_fields[0]',
    ],
  ])('%s', async (_, path, body, part) => {
    const { status, text } = await ask(path, body)
    expect(status).toBe(400)
    expect(text).toContain(part)
  })
})

describe('the name of a prompt is used or refused, never passed over', () => {
  test.each<[string, object, string]>([
    ['/embed', { inputs: 'a', prompt_name: 'passage' }, 'prompt_name'],
    ['/', { inputs: 'a', prompt_name: 'passage' }, 'prompt_name'],
    ['/tokenize', { inputs: 'a', prompt_name: 'passage' }, 'prompt_name'],
    [
      '/similarity',
      { inputs: { source_sentence: 'a', sentences: ['b'] }, parameters: { prompt_name: 'passage' } },
      'parameters.prompt_name',
    ],
  ])('%s', async (path, body, field) => {
    const { status, text } = await ask(path, body)
    expect(status).toBe(422)
    expect(text).toContain(`The field ${field} is \\"passage\\", a prompt that model`)
    expect(text).toContain('expected one of query, document')
  })
})

test('the answer says in a header which fields of a body it did not know', async () => {
  const body = { model: 'balanced', input: 'a', normalize: false, 名: 1 }
  expect((await ask('/v1/embeddings', body)).headers.get('x-ignored-fields')).toBe('normalize, %E5%90%8D')
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`f${index}`, 1]))
  const { headers } = await ask('/rerank', { query: 'a', texts: ['b'], ...many })
  expect(headers.get('x-ignored-fields')).toMatch(/^f0, f1, .*f9, and 2 more$/)
  const known = { model: 'balanced', input: 'a', user: 'b' }
  expect((await ask('/v1/embeddings', known)).headers.get('x-ignored-fields')).toBeNull()
})

test('Cohere may say how many tokens of each text are read', async () => {
  const { fetch, engine } = createTestApp()
  const body = { model: 'small', input_type: 'clustering', texts: ['a'], max_tokens: 3 }
  expect((await fetch(post('/v2/embed', body))).status).toBe(200)
  expect(engine.jobs[0]!.options.maxTokens).toBe(3)
})
