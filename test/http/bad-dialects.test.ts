import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { createAppOver, post } from '../support/http.ts'
import { VALID } from '../support/valid-bodies.ts'
import { createWordEngine } from '../support/word-engine.ts'

const engine = createWordEngine()
const app = createAppOver(engine)

async function ask(path: string, body: unknown) {
  const response = await app.fetch(post(path, body))
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> }
}

/** The sentence of an error in each dialect. */
function messageOf(body: Record<string, unknown>): string {
  const { error, message } = body
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message)
  return String(error ?? message)
}

afterAll(async () => {
  for (const [path, body] of Object.entries(VALID)) expect((await ask(path, body)).status).toBe(200)
})

const NO_TEXT = [5, true, {}, [[]]]
const NO_NUMBER = ['2', true, {}, [], 0, -1, 1.5]
const NO_BOOLEAN = ['yes', 1, {}, []]
const NO_OBJECT = [5, true, 'a']

/** Wrong values of every field; null stands for an absent one where the field may be left out. */
const WRONG: readonly (readonly [path: string, field: string, values: readonly unknown[]])[] = [
  ['/embed', 'inputs', [null, ...NO_TEXT, ['a', 5]]],
  ['/embed', 'truncate', NO_BOOLEAN],
  ['/embed', 'truncation_direction', [5, 'Up', []]],
  ['/embed', 'prompt_name', [5, true, {}]],
  ['/embed', 'normalize', [...NO_BOOLEAN]],
  ['/embed', 'dimensions', NO_NUMBER],
  ['/embed', 'model', [...NO_TEXT]],
  ['/rerank', 'query', [undefined, null, ...NO_TEXT, ' ', 'a\0']],
  ['/rerank', 'texts', [undefined, null, 'a', {}, [5], [null], ['a', ' '], ['a\ud800']]],
  ['/rerank', 'truncate', NO_BOOLEAN],
  ['/rerank', 'truncation_direction', [5, 'Up']],
  ['/rerank', 'raw_scores', [...NO_BOOLEAN]],
  ['/rerank', 'return_text', [...NO_BOOLEAN]],
  ['/rerank', 'model', [5]],
  ['/similarity', 'inputs', [undefined, null, ...NO_OBJECT, [], {}, { source_sentence: 'a' }]],
  ['/similarity', 'inputs.source_sentence', [5, null, ' ']],
  ['/similarity', 'inputs.sentences', [5, null, 'a', [5], ['a', '']]],
  ['/similarity', 'parameters', NO_OBJECT],
  ['/similarity', 'model', [5]],
  ['/tokenize', 'inputs', [undefined, null, 5, {}, [5], ['a', ' ']]],
  ['/tokenize', 'add_special_tokens', [...NO_BOOLEAN]],
  ['/tokenize', 'prompt_name', [5, {}]],
  ['/tokenize', 'model', [5]],
  ['/v2/rerank', 'model', [undefined, null, 5]],
  ['/v2/rerank', 'query', [undefined, null, ...NO_TEXT, ' ']],
  ['/v2/rerank', 'documents', [undefined, null, 'a', {}, [5], ['a', ''], []]],
  ['/v2/rerank', 'top_n', NO_NUMBER],
  ['/v2/rerank', 'max_tokens_per_doc', NO_NUMBER],
  ['/v2/embed', 'model', [undefined, null, 5]],
  ['/v2/embed', 'input_type', [undefined, null, 5, 'query']],
  ['/v2/embed', 'texts', ['a', {}, [5], [], ['a', ' ']]],
  ['/v2/embed', 'inputs', ['a', {}, [5], [{ content: 'a' }]]],
  ['/v2/embed', 'embedding_types', ['float', {}, ['double'], [5]]],
  ['/v2/embed', 'output_dimension', [...NO_NUMBER, 3]],
  ['/v2/embed', 'truncate', [true, 'LEFT', 5]],
  ['/v1/embeddings', 'input', [undefined, null, ...NO_TEXT, ['a', 5], [-1]]],
  ['/v1/embeddings', 'model', [undefined, null, 5]],
  ['/v1/embeddings', 'dimensions', NO_NUMBER],
  ['/v1/embeddings', 'encoding_format', [5, 'double']],
  ['/match', 'query', [null, 5, true, [], ' ', {}, { skills: [] }, { text: 'a\0' }]],
  ['/match', 'queries', ['a', {}, [], [5]]],
  ['/match', 'candidates', [undefined, null, 'a', 5, [], [5], [' '], [{}], [{ id: true, text: 'a' }]]],
  ['/match', 'model', [5, {}, { ensemble: [] }, { ensemble: 'wide' }]],
  ['/match', 'topK', [...NO_NUMBER, 1001]],
  ['/match', 'threshold', ['1', true]],
  ['/match', 'filters', [5, [], { years: 5 }, { years: { min: 'x' } }, { place: { within: {} } }]],
  ['/match', 'weights', [5, [], {}, { text: '1' }, { text: -1 }, { text: 0 }]],
  [
    '/match',
    'rerank',
    [5, 'cross', {}, { model: 5 }, { model: 'cross', top: 0 }, { model: 'cross', top: 101 }],
  ],
  ['/match', 'explain', [...NO_BOOLEAN]],
  ['/match', 'redact', ['name', {}, [5]]],
  ['/match', 'role', [5, 'both']],
  ['/match', 'deterministic', [...NO_BOOLEAN]],
]

/** The body with the value at the path `a.b` put in, or left out when undefined. */
function withField(body: Readonly<Record<string, unknown>>, field: string, value: unknown): unknown {
  const [first, second] = field.split('.') as [string, string | undefined]
  const inner = second === undefined ? value : { ...(body[first] as object), [second]: value }
  if (field === 'queries') {
    const { query, ...rest } = body
    return { ...rest, queries: inner }
  }
  if (field === 'inputs' && 'texts' in body) {
    const { texts, ...rest } = body
    return { ...rest, inputs: inner }
  }
  return { ...body, [first]: inner }
}

test.each(WRONG)('%s names a wrong %s, and runs nothing', async (path, field, values) => {
  for (const value of values) {
    const jobs = engine.jobs.length
    const { status, body, text } = await ask(path, withField(VALID[path]!, field, value))
    expect([path, field, value, [400, 413, 422].includes(status)]).toEqual([path, field, value, true])
    expect(messageOf(body)).toContain(field.split('.').at(-1))
    expect(text).not.toMatch(/node_modules|\.ts:|\bat \w+ \(/)
    expect(engine.jobs.length).toBe(jobs)
  }
})

test.each<[string, object, number, string, RegExp]>([
  [
    'a vector beyond 32 bits',
    { candidates: [{ vector: [1e300] }] },
    400,
    'candidates[0].vector[0]',
    /32 bits/,
  ],
  ['a vector of zeros', { candidates: ['a', { vector: [0, 0] }] }, 400, 'candidates[1].vector', /only zeros/],
  ['an empty vector', { candidates: [{ vector: [] }] }, 400, 'candidates[0].vector', /a list of numbers/],
  [
    'a vector and sections',
    { candidates: [{ vector: Array(64).fill(1) }], weights: { text: 1 } },
    400,
    'candidates[0].vector',
    /only one model without weights/,
  ],
  [
    'half a surrogate pair',
    { candidates: [{ skills: ['a', 'b\ud800'] }] },
    400,
    'candidates[0].skills[1]',
    /half of a surrogate/,
  ],
  [
    'one model twice',
    { model: { ensemble: [{ model: 'wide' }, { model: 'wide' }] } },
    400,
    'model.ensemble[1].model',
    /give it once/,
  ],
  [
    'an unknown model among others',
    { model: { ensemble: [{ model: 'wide' }, { model: 'no' }] } },
    404,
    'model.ensemble[1].model',
    /no model "no"/,
  ],
  [
    'weights whose sum is infinite',
    { query: { a: 'x', b: 'y' }, weights: { a: 1e308, b: 1e308 } },
    400,
    'weights',
    /sum to more/,
  ],
  ['an unknown reranker', { rerank: { model: 'crosss' } }, 404, 'rerank.model', /did you mean "cross"/],
  ['a reranker that only generates', { rerank: { model: 'writer' } }, 422, 'rerank.model', /compares texts/],
  ['a model that makes no vectors', { model: 'cross' }, 422, 'model', /rerank\.model/],
  [
    'two queries of one id',
    {
      query: undefined,
      queries: [
        { id: 1, text: 'a' },
        { id: '1', text: 'b' },
      ],
    },
    400,
    'queries[1].id',
    /also that/,
  ],
  ['1,001 queries', { query: undefined, queries: Array(1001).fill('a') }, 413, 'queries', /at most 1000/],
  [
    'an unknown collection',
    { candidates: { collection: 'jobs' } },
    400,
    'candidates.collection',
    /collection/,
  ],
  [
    'more results than an answer holds',
    { query: undefined, queries: Array(1000).fill('a'), candidates: Array(1000).fill('a') },
    413,
    'topK',
    /lower topK/,
  ],
])('/match names the field for %s', async (_, parts, status, field, message) => {
  const answer = await ask('/match', { ...VALID['/match'], ...parts })
  const { details } = answer.body.error as { details: { field: string } }
  expect([answer.status, details.field]).toEqual([status, field])
  expect(messageOf(answer.body)).toMatch(message)
})

test('a document that is nested without end is refused, a small one by its field', async () => {
  const body = `{"query":"a","model":"wide","candidates":[{"deep":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}`
  const { status, body: answer } = await ask('/match', body)
  expect(status).toBe(400)
  expect(messageOf(answer)).toMatch(/candidates\[0\]\.deep.* deep/)
  const large = await ask('/match', body.replaceAll('[', '[[[').replaceAll(']', ']]]'))
  expect(large.status).toBe(400)
  expect(messageOf(large.body)).toMatch(/nests more than 64 lists and objects/)
})

test('names of methods are names like any other', async () => {
  const candidates = ['{"hasOwnProperty": {"x": 1}, "text": "a", "id": "p"}', '{"valueOf": "a", "id": "c"}']
  const body = `{"query": {"text": "a", "toString": "b"}, "model": "wide", "filters": {"valueOf": {"equals": "a"}}, "candidates": [${candidates}]}`
  const { status, body: answer } = await ask('/match', body)
  expect(status).toBe(200)
  expect(answer).toMatchObject({
    results: [{ id: 'c' }],
    excluded: [{ id: 'p', reason: 'valueOf is missing' }],
  })
})

test('whatever JSON is sent, every route answers with an error of its own or an answer, never a fault', async () => {
  const names = [
    'query',
    'queries',
    'candidates',
    'texts',
    'inputs',
    'input',
    'documents',
    'model',
    'weights',
    'id',
  ]
  const leaf = fc.oneof(
    fc.constantFrom('a', '', 'wide', 'cross', 'text', null, true, 0, '∞', -1),
    fc.double(),
  )
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(VALID)),
      value,
      fc.boolean(),
      async (path, drawn, merged) => {
        const body = merged && typeof drawn === 'object' ? { ...VALID[path], ...drawn } : drawn
        const { status, text } = await ask(path, JSON.stringify(body))
        expect([path, JSON.stringify(body), status < 500]).toEqual([path, JSON.stringify(body), true])
        expect(text).not.toMatch(/NaN|node_modules/)
      },
    ),
    { numRuns: 400 },
  )
})
