import { expect, test } from 'vitest'
import { createAppOver, get, post } from '../support/http.ts'
import { VALID } from '../support/valid-bodies.ts'
import { createWordEngine } from '../support/word-engine.ts'

const app = createAppOver(createWordEngine())

interface Answer {
  readonly results: readonly { readonly id: string }[]
  readonly warnings: readonly string[]
}

async function ask(path: string, body: unknown) {
  const response = await app.fetch(post(path, body))
  const text = await response.text()
  return { status: response.status, text, ignored: response.headers.get('x-ignored-fields') }
}

async function match(more: object) {
  const { status, text } = await ask('/match', { model: 'wide', query: 'nurse', ...more })
  return { status, text, ...(JSON.parse(text) as Answer) }
}

test.each(['ID', 'Id', 'iD', ' id ', '\uFEFFid', 'ｉｄ'])(
  'the id of a candidate may be called %j',
  async (name) => {
    const { results } = await match({ candidates: [{ [name]: 'a7', title: 'nurse' }] })
    expect(results.map(({ id }) => id)).toEqual(['a7'])
  },
)

test('the vector of a candidate may be called Vector, and is checked as one', async () => {
  const { status, text } = await match({ candidates: [{ id: 'a', Vector: [1, 2] }] })
  expect(status).toBe(400)
  expect(text).toContain('The vector of candidates[0] has 2 values; expected 64')
})

test('an id under its own name counts before one that is written otherwise', async () => {
  const { results } = await match({ candidates: [{ ID: 'other', id: 'a', title: 'nurse' }] })
  expect(results[0]!.id).toBe('a')
})

test('digits of a long number are kept in an id of another case', async () => {
  const body = '{"model":"wide","query":"nurse","candidates":[{"ID":9007199254740993,"title":"nurse"}]}'
  expect((await ask('/match', body)).text).toContain('"id":"9007199254740993"')
})

test('two fields that may both be the id are refused', async () => {
  const { status, text } = await match({ candidates: ['a', { ID: '1', Id: '2', title: 'nurse' }] })
  expect(status).toBe(400)
  expect(text).toContain('The document candidates[1] has the fields')
})

test('names and places are left out of the compared text however their fields are written', async () => {
  const engine = createWordEngine()
  const candidates = [{ id: 'a', Title: 'nurse', Email: 'x@y.z', ' NAME ': 'Kim', Location: 'Berlin' }]
  await createAppOver(engine).fetch(post('/match', { model: 'wide', query: 'nurse', candidates }))
  expect(engine.jobs.flatMap(({ inputs }) => inputs)).not.toContain('Kim')
  expect(JSON.stringify(engine.jobs.map(({ inputs }) => inputs))).not.toMatch(/Kim|Berlin|x@y/)
})

test('skills are compared however their fields are written', async () => {
  const query = { title: 'engineer', Skills: ['Java', 'Go'] }
  const { text } = await match({
    query,
    candidates: [{ title: 'engineer', SKILLS: ['Java'] }],
    explain: true,
  })
  expect(JSON.parse(text)).toMatchObject({
    results: [{ explanation: { skills: { matched: [{ query: 'Java' }], missing: ['Go'] } } }],
  })
})

test('redact drops a field however it is written', async () => {
  const engine = createWordEngine()
  const candidates = [{ id: 'a', title: 'nurse', Photo: 'smiling' }]
  const body = { model: 'wide', query: 'nurse', candidates, redact: ['photo'] }
  const response = await createAppOver(engine).fetch(post('/match', body))
  expect(((await response.json()) as Answer).warnings).toEqual([])
  expect(JSON.stringify(engine.jobs.map(({ inputs }) => inputs))).not.toContain('smiling')
})

test.each<[string, object, string]>([
  ['/v1/embeddings', { model: 'small', input: 'a', Dimensions: 2 }, 'Dimensions'],
  ['/embed', { inputs: 'a', Normalize: false }, 'Normalize'],
  ['/similarity', { inputs: { source_sentence: 'a', sentences: ['b'], Top: 1 } }, 'inputs.Top'],
  [
    '/similarity',
    { inputs: { source_sentence: 'a', sentences: ['b'] }, parameters: { Truncate: false } },
    'parameters.Truncate',
  ],
  [
    '/v1/rerank',
    { query: 'a', documents: ['b', { text: 'b', title: 'c' }, { text: 'd', title: 'e' }] },
    'documents.title',
  ],
  [
    '/v2/embed',
    {
      model: 'small',
      input_type: 'clustering',
      inputs: [{ content: [{ type: 'text', text: 'a', x: 1 }], y: 2 }],
    },
    'inputs.content.x, inputs.y',
  ],
])('%s says which fields it did not read, at any depth: case %#', async (path, body, names) => {
  expect(await ask(path, body)).toMatchObject({ status: 200, ignored: names })
})

test.each<[string, object, string]>([
  ['/v1/embeddings', { model: 'small', Input: 'a' }, 'input'],
  ['/rerank', { query: 'a', Texts: ['b'] }, 'texts'],
  ['/v2/rerank', { model: 'small', query: 'a', ' documents': ['b'] }, 'documents'],
  ['/similarity', { inputs: { source_sentence: 'a', Sentences: ['b'] } }, 'sentences'],
])('%s says how a body calls a field that is missing: case %#', async (path, body, field) => {
  const { text } = await ask(path, body)
  expect(text).toMatch(
    new RegExp(`The field [\\w.]*${field} is missing; .*the body calls it .*${field}.*rename`, 'i'),
  )
})

test.each(Object.keys(VALID))(
  'POST %s refuses a parameter of its address that is a field of bodies',
  async (path) => {
    for (const [query, field] of [
      ['?model=large', 'model'],
      ['?api-version=1&Dimensions=128', 'dimensions'],
      ['?topk=3', 'topK'],
    ]) {
      const { status, text } = await ask(path + query, VALID[path])
      expect([400, 422]).toContain(status)
      expect(text).toMatch(/The address has the parameter \w+, which is not read there/)
      expect(text).toContain(`as the field ${field}`)
    }
  },
)

test.each(Object.keys(VALID))('POST %s names any other parameter in a header', async (path) => {
  expect(await ask(`${path}?api-version=2024-02-01&名=x`, VALID[path])).toMatchObject({
    status: 200,
    ignored: '?api-version, ?%E5%90%8D',
  })
})

test('parameters and fields that are not read stand in one header', async () => {
  const { ignored } = await ask('/rerank?trace=1', { query: 'a', texts: ['b'], user: 'c' })
  expect(ignored).toBe('?trace, user')
})

test.each([
  ['is cut within an emoji', `${'a'.repeat(39)}😀`, `${'a'.repeat(39)}%EF%BF%BD`],
  ['has half of one', '\ud83d', '%EF%BF%BD'],
])('a field whose name %s is named, too', async (_, name, named) => {
  const body = { model: 'small', input: 'a', [name]: 1 }
  expect(await ask('/v1/embeddings', body)).toMatchObject({ status: 200, ignored: named })
})

test('a GET with parameters is answered, and says so', async () => {
  const response = await app.fetch(get('/v1/models?model=x'))
  expect([response.status, response.headers.get('x-ignored-fields')]).toEqual([200, '?model'])
})

test.each(Object.keys(VALID))('POST %s calls its own fields where the body is no object', async (path) => {
  for (const body of [[], 'x', 5, null]) {
    const { status, text } = await ask(path, JSON.stringify(body))
    expect([400, 422]).toContain(status)
    const own = path === '/embed' ? ['input'] : Object.keys(VALID[path]!)
    for (const field of own) expect(text).toContain(field)
  }
})

test('a list among the documents of a rerank is called one', async () => {
  const { text } = await ask('/v1/rerank', { query: 'a', documents: ['b', ['c', 'd']] })
  expect(text).toContain('The field documents[1] is a list of 2; expected a text or an object such as')
})

test('a field that is missing within another one is called by its place alone', async () => {
  const { text } = await ask('/match', { query: 'a', candidates: {} })
  expect(text).toContain('The field candidates.collection is missing; add it.')
})

test('a question mark alone is no parameter', async () => {
  expect(await ask('/embed?', VALID['/embed'])).toMatchObject({ status: 200, ignored: null })
})
