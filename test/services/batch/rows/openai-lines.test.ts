import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { ExactNumber } from '../../../../src/formats/exact-json.ts'
import { createOpenAiLines } from '../../../../src/http/openai-batch.ts'
import { createCatalog } from '../../../../src/models/catalog/catalog.ts'
import { createBatchService } from '../../../../src/services/batch/batch.ts'
import { isOpenAiLine } from '../../../../src/services/batch/plan/openai-line.ts'
import { readOpenAiLine } from '../../../../src/services/batch/rows/openai-lines.ts'
import { createEmbedService } from '../../../../src/services/embed.ts'
import {
  createBucket,
  createTestBatch,
  planOfRows,
  readDocument,
  readOutput,
  testBatchParts,
} from '../../../support/batch-service.ts'
import { manifestOf } from '../../../support/manifests.ts'
import { createWordEngine } from '../../../support/word-engine.ts'

const KEY = 'input/a.jsonl'
const line = (body: unknown, more: object = {}) => ({
  ...{ custom_id: 'c', method: 'POST', url: '/v1/embeddings', body },
  ...more,
})
const read = (fields: Record<string, unknown>, settings: object = {}) => {
  const plan = planOfRows(settings, [line({ input: 'a' })])
  const record = { index: 0, line: 1, start: 0, end: 1, fields, raw: 'raw' }
  return readOpenAiLine(record, fields, plan, testBatchParts().openAi)
}

describe('a line of an OpenAI batch', () => {
  it("asks for a text or texts; for token ids only where they are the model's own", () => {
    const openAi = { customId: 'c', encoding: 'float' }
    expect(read(line({ input: 'a' }))).toMatchObject({ inputs: ['a'], openAi })
    expect(read(line({ input: ['a', 'b'] }))).toMatchObject({ inputs: ['a', 'b'], openAi })
    expect(read(line({ input: [1, 2] }))).toMatchObject({
      ...{ code: 'invalid_request', field: 'input' },
      message: expect.stringContaining('check_embedding_ctx_length'),
    })
    const catalog = createCatalog([{ ...manifestOf({ id: 'small', dimensions: 4 }), acceptsTokenIds: true }])
    const embed = createEmbedService({ catalog, engine: createWordEngine(), defaultModel: 'small' })
    expect(createOpenAiLines(embed).read({ input: [[1], [2, 3]] }, 'small').inputs).toEqual([[1], [2, 3]])
  })

  it('takes null for absent, aliases for models, and fields that it does not know', () => {
    const nothing = { model: null, dimensions: null, encoding_format: null, user: null, flavour: 'mint' }
    expect(read(line({ input: 'a', ...nothing }))).toMatchObject({
      inputs: ['a'],
      openAi: { encoding: 'float' },
    })
    expect(read(line({ input: 'a', model: 'tiny', dimensions: 4, encoding_format: 'base64' }))).toMatchObject(
      {
        openAi: { encoding: 'base64' },
      },
    )
    expect(read(line({ input: 'a', dimensions: 2 }), { dimensions: 2 })).toMatchObject({ inputs: ['a'] })
  })

  it.each([
    [
      line({ input: 'a', model: 'text-embedding-3-small' }),
      'unknown_model',
      'model',
      /no model "text-embedding-3-small"/,
    ],
    [
      line({ input: 'a', model: 'other' }),
      'invalid_request',
      'model',
      /the model "other" in a job of "small"/,
    ],
    [line({ input: 'a', model: 7 }), 'invalid_request', 'model', /field model is 7/],
    [line({ input: 'a', dimensions: 3 }), 'invalid_request', 'dimensions', /offers 4, 2 dimensions; got 3/],
    [line({ input: 'a', dimensions: 2 }), 'invalid_request', 'dimensions', /2 dimensions in a job of 4/],
    [line({ input: 'a', dimensions: '4' }), 'invalid_request', 'dimensions', /field dimensions is "4"/],
    [line({ input: 'a', encoding_format: 'hex' }), 'invalid_request', 'encoding_format', /is "hex"/],
    [line({ input: 'a', user: 7 }), 'invalid_request', 'user', /field user is 7/],
    [line({}), 'invalid_request', 'input', /field input is missing/],
    [line({ input: [] }), 'empty_input', 'input', /empty list/],
    [line({ input: ['a', ' '] }), 'empty_input', 'input[1]', /input\[1\] is empty or blank/],
    [line({ input: [1.5] }), 'invalid_request', 'input[0]', /1.5/],
    [line({ input: [-1] }), 'invalid_request', 'input[0]', /-1/],
    [line([]), 'invalid_request', 'body', /body is a list/],
    [line({ input: 'a' }, { method: 'GET' }), 'invalid_request', 'method', /method "GET"; expected "POST"/],
    [
      line({ input: 'a' }, { url: '/v1/chat/completions' }),
      'invalid_request',
      'url',
      /expected "\/v1\/embeddings"/,
    ],
    [line({ input: 'a' }, { custom_id: 3 }), 'invalid_request', 'custom_id', /has 3 for its custom_id/],
    [
      line({ input: 'a' }, { custom_id: new ExactNumber('9007199254740993') }),
      'invalid_request',
      'custom_id',
      /has 9007199254740993 for its custom_id/,
    ],
    [line({ input: 'a' }, { custom_id: '' }), 'invalid_request', 'custom_id', /has "" for its custom_id/],
    [
      { method: 'POST', url: '/v1/embeddings', body: { input: 'a' } },
      'invalid_request',
      'custom_id',
      /no custom_id/,
    ],
  ])('%j is an error row', (fields, code, field, message) => {
    expect(isOpenAiLine(fields)).toBe(true)
    expect(read(fields)).toMatchObject({ code, field, message: expect.stringMatching(message) })
  })
})

describe('the job of an OpenAI batch', () => {
  const runLines = async (bodies: object[], settings: object = {}) => {
    const lines = bodies.map((body, id) => JSON.stringify(line(body, { custom_id: `c${id}` })))
    const text = JSON.stringify({ maxErrorShare: 1, ...settings })
    const { store } = createBucket({ [KEY]: lines.join('\n'), [`${KEY}.job.json`]: text })
    const service = createBatchService(testBatchParts())
    await service.run({ store, key: KEY }, createContext())
    const rows = await readOutput(store, 'part')
    const { body } = rows[0]!.response as { body: { model: string; data: [{ embedding: number[] }] } }
    const errors = (await readOutput(store, 'errors')).map(({ message }) => message)
    return { rows: rows.length, model: body.model, dimensions: body.data[0].embedding.length, errors }
  }
  const a = { input: 'a' }

  it('has the model that its first good line names, where the settings name none', async () => {
    const lines = [{ ...a, model: 'none' }, { ...a, model: 'other' }, a, { ...a, model: 'small' }]
    expect(await runLines(lines)).toMatchObject({
      ...{ rows: 2, model: 'other', dimensions: 8 },
      errors: [
        expect.stringContaining('no model "none"'),
        expect.stringContaining('"small" in a job of "other"'),
      ],
    })
    expect(await runLines(lines, { model: 'small' })).toMatchObject({ rows: 2, model: 'small' })
  })

  it('has the dimensions that all its first lines name, and refuses a line that wants all', async () => {
    const short = { ...a, model: 'small', dimensions: 2 }
    expect(await runLines([short, short])).toMatchObject({ rows: 2, dimensions: 2, errors: [] })
    expect(await runLines([short, a])).toMatchObject({
      rows: 1,
      dimensions: 4,
      errors: [expect.stringContaining('2 dimensions')],
    })
    const late = [...Array(20).fill(short), a]
    expect(await runLines(late)).toMatchObject({
      ...{ rows: 20, dimensions: 2 },
      errors: [expect.stringContaining('asks for all dimensions in a job of 2')],
    })
    expect(await runLines([a, a], { dimensions: 2 })).toMatchObject({ rows: 2, dimensions: 2 })
  })
})

describe('a file of an OpenAI batch', () => {
  const catalog = createCatalog([
    manifestOf({ id: 'jobs-static', aliases: ['fast'], dimensions: 256, matryoshka: [] }),
  ])
  const runCase = async (name: string) => {
    const embed = createEmbedService({ catalog, engine: createWordEngine(), defaultModel: 'jobs-static' })
    const parts = { ...testBatchParts(), catalog, embed, openAi: createOpenAiLines(embed) }
    const batch = createBatchService({ ...parts, defaultModel: 'jobs-static' })
    const body = readFileSync(`test/fixtures/cases/${name}`, 'utf8').replace(/^\n/gm, '')
    const { store } = createBucket({ [KEY]: body, [`${KEY}.job.json`]: '{"maxErrorShare":1}' })
    await batch.run({ store, key: KEY }, createContext())
    const errors = (await readOutput(store, 'errors')) as unknown as {
      custom_id: string | null
      code: string
      response?: {
        status_code: number
        body: { error: { code: string; param: string | null; message: string } }
      }
    }[]
    return { rows: await readOutput(store, 'part'), errors, store }
  }

  it('answers each good line in kind and each bad one in the form of its error file', async () => {
    const { rows, errors, store } = await runCase('openai_batch.jsonl')
    expect(rows.map(({ custom_id: id }) => id)).toEqual(['r-1', 'r-2'])
    expect(
      errors.map(({ custom_id: id, response }) => [id, response!.status_code, response!.body.error.param]),
    ).toEqual([
      ['r-3', 400, 'url'],
      ['r-4', 404, 'model'],
      ['r-5', 400, 'input'],
      ['r-1', 400, 'custom_id'],
    ])
    expect(errors[1]).toMatchObject({
      ...{ id: 'row-3', error: null, index: 3, line: 4, code: 'unknown_model', row: expect.any(String) },
      response: {
        request_id: 'row-3',
        body: { error: { code: 'model_not_found', type: 'invalid_request_error' } },
      },
    })
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({ rows: 2, errors: 4 })
  })

  it('says beside its answer which fields of a body are not served', async () => {
    const line = { custom_id: 'a', method: 'POST', url: '/v1/embeddings' }
    const lines = [
      { ...line, body: { model: 'small', input: 'nurse', normalize: false } },
      { ...line, custom_id: 'b', body: { model: 'small', input: 'nurse' } },
    ]
    const { store } = createBucket({ 'input/a.jsonl': lines.map((one) => JSON.stringify(one)).join('\n') })
    await createTestBatch().run({ store, key: 'input/a.jsonl' }, createContext())
    const [noted, plain] = (await readOutput(store, 'part')) as { response: object }[]
    expect(noted!.response).toMatchObject({ ignored_fields: 'normalize' })
    expect(plain!.response).not.toHaveProperty('ignored_fields')
  })

  it('refuses a body that was written as JSON twice', async () => {
    const body = JSON.stringify({ model: 'small', input: 'nurse' })
    const { store } = createBucket({
      'input/a.jsonl': JSON.stringify({ custom_id: 'a', url: '/v1/embeddings', body }),
    })
    const outcome = await createTestBatch().run({ store, key: 'input/a.jsonl' }, createContext())
    expect(outcome).toMatchObject({ status: 'failed' })
    expect(await readOutput(store, 'part')).toEqual([])
  })

  it('puts nothing in the place of a model, a method or a number that it cannot have', async () => {
    const { errors } = await runCase('openai.jsonl')
    expect(errors.every(({ response }) => response!.status_code >= 400)).toBe(true)
    expect(errors.find(({ custom_id: id }) => id === 'm')!.response!.body.error.message).toMatch(/body|input/)
    expect(
      errors.filter(({ custom_id: id }) => id === null).map(({ response }) => response!.body.error.message),
    ).toEqual([
      expect.stringContaining('has 3 for its custom_id'),
      expect.stringContaining('is none of an OpenAI batch'),
    ])
    const messages = new Map(errors.map(({ custom_id: id, response }) => [id, response?.body.error.message]))
    expect(messages.get('a')).toMatch(/custom_id "a", which an earlier line has/)
    expect(messages.get('d')).toMatch(/method "GET"/)
    expect(messages.get('e')).toMatch(/url "\/v1\/chat\/completions"/)
    expect(messages.get('g')).toMatch(/encoding_format is "hex"/)
    expect(messages.get('j')).toMatch(/input\[0\] is 1.5/)
    expect(messages.get('k')).toMatch(/offers 256 dimensions; got 128/)
    expect(
      errors.filter(({ response }) => /has 3 for its custom_id/.test(response?.body.error.message ?? '')),
    ).toHaveLength(1)
    expect(errors[0]).toMatchObject({
      custom_id: 'a',
      response: { body: { error: { code: 'model_not_found' } } },
    })
  })
})
