import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import type { Collections } from '../../src/collections/collections.ts'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import { createServices } from '../../src/services/services.ts'
import { createAppOver, get, post } from '../support/http.ts'
import { manifestOf } from '../support/manifests.ts'
import { createWordEngine } from '../support/word-engine.ts'

const engine = createWordEngine()
const app = createAppOver(engine)

interface Answer {
  readonly results: readonly { readonly id: string }[]
  readonly excluded: readonly { readonly id: string; readonly reason: string }[]
  readonly warnings: readonly string[]
  readonly error: { readonly message: string; readonly details: { readonly field: string } }
}

async function ask(body: object) {
  const response = await app.fetch(post('/match', { model: 'wide', query: 'nurse', ...body }))
  return { status: response.status, body: (await response.json()) as Answer }
}

const candidates = [
  { id: 'a', title: 'nurse', years: 1, city: 'Bern', skills: ['triage'] },
  { id: 'b', title: 'nurse', years: 2, city: 'Basel', skills: ['care'] },
]

test('filters that leave nobody answer with no results and the reasons, and run no model', async () => {
  const jobs = engine.jobs.length
  const one = [{ id: 'a', text: 'x', years: 1 }]
  expect(await ask({ candidates: one, filters: { years: { min: 3 } } })).toMatchObject({
    status: 200,
    body: { results: [], excluded: [{ id: 'a', reason: 'years is 1, below 3' }], warnings: [] },
  })
  const { body } = await ask({
    candidates,
    filters: { years: { min: 3 } },
    topK: 5,
    explain: true,
    rerank: { model: 'cross' },
  })
  expect(body).toMatchObject({ results: [], excluded: [{ id: 'a' }, { id: 'b' }] })
  const texts = engine.jobs.slice(jobs).flatMap(({ inputs }) => inputs)
  expect(texts.filter((text) => text !== 'nurse')).toEqual([])
  expect(engine.scoreJobs).toEqual([])
})

test('filters that leave nobody answer several queries with an empty list each', async () => {
  const { status, body } = await ask({
    query: null,
    queries: ['a', 'b'],
    candidates,
    filters: { years: { min: 3 } },
  })
  expect([status, body]).toMatchObject([200, { matches: [{ results: [] }, { results: [] }] }])
})

test.each([
  ['gte', 'min'],
  ['$gte', 'min'],
  ['gt', 'min'],
  ['lte', 'max'],
  ['lt', 'max'],
  ['eq', 'equals'],
  ['contains', 'hasAny'],
  ['all', 'hasAll'],
  ['mn', 'min'],
  ['equal', 'equals'],
  ['hasany', 'hasAny'],
  ['near', 'within'],
])('lists the operators for %s, and asks whether %s was meant', async (operator, meant) => {
  const { status, body } = await ask({ candidates, filters: { years: { [operator]: 3 } } })
  expect([status, body.error.details.field]).toEqual([400, `filters.years.${operator}`])
  expect(body.error.message).toContain('expected equals, in, min, max, hasAll, hasAny, within')
  expect(body.error.message).toContain(`did you mean "${meant}"`)
})

test('says what a place is made of', async () => {
  const within = { lat: 47, longitude: 8, kilometres: 10 }
  const { body } = await ask({ candidates, filters: { place: { within } } })
  expect(body.error.message).toMatch(/within\.l(at|atitude) is (unknown|missing)/)
  const wrong = await ask({
    candidates,
    filters: { place: { within: { latitude: 47, longitude: 8, kilometres: 1, lat: 5 } } },
  })
  expect(wrong.body.error.message).toContain(
    'expected latitude, longitude, kilometres; did you mean "latitude"',
  )
  const text = await ask({ candidates, filters: { place: { within: '上海' } } })
  expect(text.body.error.message).toContain(
    'is "上海"; expected an object with latitude, longitude and kilometres',
  )
})

test.each<[unknown, RegExp]>([
  [5, /filters\.years is 5; expected an object of operators such as \{"equals": "Berlin"\}/],
  ['上海', /filters\.years is "上海"; expected an object of operators/],
  [{ min: 'x' }, /filters\.years\.min is "x"; expected a number that 64 bits can hold exactly/],
  [{ in: 'Bern' }, /filters\.years\.in is "Bern"; expected a list/],
  [{ in: [] }, /filters\.years\.in is a list of 0; expected at least one value/],
  [{ hasAll: [{}] }, /hasAll\[0\] is an object; expected a text, number or boolean/],
])('explains the condition %j', async (condition, message) => {
  const { status, body } = await ask({ candidates, filters: { years: condition } })
  expect(status).toBe(400)
  expect(body.error.message).toMatch(message)
})

test('warns of a filter on a field that no candidate has, and of which one was meant', async () => {
  const { body } = await ask({ candidates, filters: { yeers: { min: 1 }, city: { equals: 'Bern' } } })
  expect(body.results).toEqual([])
  expect(body.warnings).toEqual([
    'The filter on "yeers" leaves everybody out: no candidate has this field; did you mean "years"?',
  ])
  const other = await ask({ candidates, filters: { qqqqqqqq: { min: 1 } } })
  expect(other.body.warnings).toEqual([
    'The filter on "qqqqqqqq" leaves everybody out: no candidate has this field.',
  ])
})

test('warns of a filter on numbers where no candidate has one, and says so of each', async () => {
  const texts = [
    { id: 'a', text: 'nurse', years: '5' },
    { id: 'b', text: 'nurse', years: 'five' },
  ]
  const { body } = await ask({ candidates: texts, filters: { years: { min: 3 } } })
  expect(body.excluded).toEqual([
    { id: 'a', reason: 'years is the text "5", not a number' },
    { id: 'b', reason: 'years is five, not a number' },
  ])
  expect(body.warnings).toEqual([
    'The filter on "years" leaves everybody out: no candidate has a number there (a column of a CSV is text; JSON lines keep numbers).',
  ])
})

test('does not warn of a field that one candidate has', async () => {
  const { body } = await ask({
    candidates: [...candidates, { id: 'c', text: 'nurse', salary: 5 }],
    filters: { salary: { min: 9 } },
  })
  expect([body.results, body.warnings]).toEqual([[], []])
})

test('a condition without an operator leaves nobody out, and is warned of', async () => {
  const { body } = await ask({ candidates, filters: { salary: { min: null } } })
  expect(body.results).toHaveLength(2)
  expect(body.warnings).toEqual(['The filter on "salary" names no operator; it leaves nobody out.'])
})

test('warns of weights for sections that no document has', async () => {
  const query = { title: 'nurse' }
  const { body } = await ask({ query, candidates, weights: { title: 1, skils: 2 } })
  expect(body.warnings).toEqual([
    'The section "skils" of weights compares nothing: no document has text there, it counts for nothing; did you mean "skills"?',
  ])
  const asked = await ask({
    query: { ...query, summary: 'x' },
    candidates,
    weights: { title: 1, summary: 2 },
  })
  expect(asked.body.warnings).toEqual([
    'The section "summary" of weights compares nothing: no candidate has text there, it counts as 0 for all of them.',
  ])
  const fine = await ask({ query, candidates, weights: { title: 1 } })
  expect(fine.body.warnings).toEqual([])
})

test('refuses weights that are no weights', async () => {
  for (const weights of [{ title: '1' }, { title: -1 }, { title: 1e7 }, 5, [], ['title']]) {
    const { status, body } = await ask({ candidates, weights })
    expect([status, body.error.details.field]).toEqual([400, expect.stringMatching(/^weights/)])
  }
})

test('many values in a filter cost each candidate only its own length', async () => {
  const skills = Array.from({ length: 5000 }, (_, index) => `skill ${index}`)
  const many = Array.from({ length: 500 }, (_, index) => ({
    id: `${index}`,
    text: 'nurse',
    skills: skills.slice(0, 100),
  }))
  const { status, body } = await ask({ candidates: many, filters: { skills: { hasAll: skills } } })
  expect([status, body.excluded.length]).toEqual([200, 500])
  expect(body.excluded[0]!.reason).toMatch(/^skills lacks skill 100, .* and 4890 more$/)
})

test('warns of the filters of a collection by all of its rows', async () => {
  const rows = [{ years: 1 }, { years: 2 }]
  const collections: Collections = {
    find: async ({ filter }) => {
      const excluded = rows.filter((fields) => !filter!.keeps(fields)).length
      return {
        engine: 'exact' as const,
        exact: true,
        version: 1,
        rows: 2,
        found: [[]],
        excluded,
        notes: filter!.notes!(),
      }
    },
    close: async () => {},
  }
  const catalog = createCatalog([manifestOf({ id: 'wide', dimensions: 64 })])
  const services = createServices({ catalog, engine, defaultModel: 'wide', collections })
  const other = createAppOver(engine, { ...services, catalog })
  const body = {
    query: 'nurse',
    model: 'wide',
    candidates: { collection: 'jobs' },
    filters: { yers: { min: 1 } },
  }
  const answer = await other.fetch(post('/match', body))
  expect(await answer.json()).toMatchObject({
    results: [],
    collection: { excluded: 2 },
    warnings: [expect.stringContaining('no candidate has this field; did you mean "years"?')],
  })
})

test('warns of the fields of redact that neither a query nor a row of a collection has', async () => {
  const found = [[{ id: 'a', index: 0, score: 1, fields: { text: 'nurse', Photo: 'x' } }]]
  const collections: Collections = {
    find: async () => ({
      engine: 'exact' as const,
      exact: true,
      version: 1,
      rows: 1,
      found,
      excluded: 0,
      notes: [],
    }),
    close: async () => {},
  }
  const catalog = createCatalog([manifestOf({ id: 'wide', dimensions: 64 })])
  const services = createServices({ catalog, engine, defaultModel: 'wide', collections })
  const body = {
    query: { text: 'nurse', age: '30' },
    model: 'wide',
    candidates: { collection: 'jobs' },
    redact: ['photo', 'AGE', 'phto'],
  }
  const answer = await createAppOver(engine, { ...services, catalog }).fetch(post('/match', body))
  const { warnings } = (await answer.json()) as Answer
  expect(warnings).toEqual([
    expect.stringContaining('The vectors of the collection jobs were made before'),
    'The field "phto" of redact drops nothing: no query has it, nor any of the rows that were found; did you mean "Photo"?',
  ])
})

test('OpenAPI types filters, weights and the choice of query or queries as strictly as the code', async () => {
  const document = (await (await app.fetch(get('/openapi.json'))).json()) as {
    paths: Record<string, { post: { requestBody: { content: Record<string, { schema: object }> } } }>
  }
  const { schema } = document.paths['/match']!.post.requestBody.content['application/json']!
  const fits = new Ajv2020({ strict: false }).compile(schema)
  const base = { query: 'a', candidates: ['a'] }
  const good = [
    base,
    { ...base, queries: null },
    { queries: ['a'], candidates: ['a'] },
    {
      ...base,
      filters: {
        years: { min: 1, max: null },
        place: { within: { latitude: 1, longitude: 2, kilometres: 3 } },
        x: null,
      },
    },
    { ...base, weights: { text: 1 } },
  ]
  const bad = [
    { candidates: ['a'] },
    { ...base, queries: ['a'] },
    { ...base, candidates: [] },
    { ...base, filters: { years: { gte: 1 } } },
    { ...base, filters: { years: 5 } },
    { ...base, filters: { place: { within: { latitude: 100, longitude: 2, kilometres: 3 } } } },
    { ...base, weights: { text: '1' } },
    { ...base, weights: { text: 1e7 } },
    { ...base, model: '' },
    { ...base, redact: 'x' },
  ]
  for (const body of good) {
    expect([body, fits(body), (await app.fetch(post('/match', body))).status]).toEqual([body, true, 200])
  }
  for (const body of bad) {
    expect([body, fits(body), (await app.fetch(post('/match', body))).status]).toEqual([body, false, 400])
  }
})
