import { describe, expect, test } from 'vitest'
import { createAppOver, post } from '../support/http.ts'
import { createWordEngine } from '../support/word-engine.ts'

const app = createAppOver(createWordEngine())

interface Answer {
  readonly warnings: readonly string[]
  readonly error: { readonly message: string; readonly details: { readonly field: string } }
}

/** A body as its JSON, in which `__proto__` is a field like any other. */
async function ask(json: string) {
  const response = await app.fetch(
    new Request('http://localhost/match', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: json,
    }),
  )
  return { status: response.status, body: (await response.json()) as Answer }
}

const QUERY = '"model":"wide","query":{"title":"nurse"}'
const BOTH = `${QUERY},"candidates":[{"title":"nurse","years":3}]`

describe('fields whose names are parts of the language are refused, since they would be lost', () => {
  test.each(['constructor', '__proto__', 'prototype'])('a field named %s', async (name) => {
    const bodies = {
      [`filters.${name}`]: `{${BOTH},"filters":{"${name}":{"equals":"x"}}}`,
      [`weights.${name}`]: `{${BOTH},"weights":{"title":1,"${name}":1}}`,
      [`query.${name}`]: `{"model":"wide","query":{"title":"a","${name}":"x"},"candidates":["a"]}`,
      [`candidates[1].${name}`]: `{${QUERY},"candidates":["a",{"title":"a","${name}":"x"}]}`,
    }
    for (const [field, json] of Object.entries(bodies)) {
      const { status, body } = await ask(json)
      expect([status, body.error.details.field]).toEqual([400, field])
      expect(body.error.message).toContain('expected another name')
    }
  })
})

test.each([
  ['a query that is a list', `{"model":"wide","query":["a","b"],"candidates":["a"]}`, 'query'],
  ['a candidate that is a list', `{${QUERY},"candidates":[["a"]]}`, 'candidates[0]'],
  ['a condition that is a list', `{${BOTH},"filters":{"years":[]}}`, 'filters.years'],
  ['a range that holds no number', `{${BOTH},"filters":{"years":{"min":5,"max":3}}}`, 'filters.years.max'],
  ['an infinite bound', `{${BOTH},"filters":{"years":{"min":1e999}}}`, 'filters.years.min'],
  [
    'a bound that no double holds',
    `{${BOTH},"filters":{"years":{"min":9007199254740993}}}`,
    'filters.years.min',
  ],
  ['an infinite threshold', `{${BOTH},"threshold":1e999}`, 'threshold'],
])('%s is refused by name', async (_, json, field) => {
  const { status, body } = await ask(json)
  expect([status, body.error.details.field]).toEqual([400, field])
})

test('a range of one number is taken', async () => {
  expect((await ask(`{${BOTH},"filters":{"years":{"min":3,"max":3}}}`)).status).toBe(200)
})

test('a field of redact that no document has is told, with the one that was meant', async () => {
  const { body } = await ask(`{${BOTH},"redact":["titel"]}`)
  expect(body.warnings).toEqual([
    'The field "titel" of redact drops nothing: no document has it; did you mean "title"?',
  ])
})

test('fields of redact are found at any depth, in lists too', async () => {
  const candidates = '[{"title":"nurse","jobs":[{"employer":{"name":"x"}}]}]'
  const { body } = await ask(`{${QUERY},"candidates":${candidates},"redact":["name","employer"]}`)
  expect(body.warnings).toEqual([])
})

test('no more than five such fields are named, and the rest is counted', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `"zzzzzz${index}"`)
  const { body } = await ask(`{${BOTH},"redact":[${names}]}`)
  expect(body.warnings).toHaveLength(5)
  expect(body.warnings.at(-1)).toContain('Nor has any the 3 others.')
})

test('an unknown route says which one was meant', async () => {
  const response = await app.fetch(post('/embeddings', { input: 'a', model: 'wide' }))
  const { error } = (await response.json()) as Answer
  expect(error.message).toContain('Did you mean "/v1/embeddings"')
})

test('whole numbers beyond 2^53 are compared with a bound digit for digit', async () => {
  const candidates =
    '[{"id":"a","title":"x","n":9007199254740993},{"id":"b","title":"x","n":9007199254740992}]'
  const { body } = await ask(`{${QUERY},"candidates":${candidates},"filters":{"n":{"max":9007199254740992}}}`)
  expect(body).toMatchObject({ results: [{ id: 'b' }], excluded: [{ id: 'a' }] })
})

test('a place beyond the globe is none', async () => {
  const candidates = '[{"id":"a","title":"x","at":{"latitude":52.5,"longitude":373.4}}]'
  const within = '{"latitude":52.5,"longitude":13.4,"kilometres":9}'
  const { body } = await ask(`{${QUERY},"candidates":${candidates},"filters":{"at":{"within":${within}}}}`)
  expect(body).toMatchObject({ results: [], excluded: [{ id: 'a' }] })
})

describe('a document is refused by the number of its values before any stage looks at them', () => {
  const values = (count: number) => Array.from({ length: count }, () => '"ab"').join()
  const numbered = (count: number) => Array.from({ length: count }, (_, at) => `"f${at}":1`).join()
  test.each([
    ['a list', (count: number) => `{"text":[${values(count - 1)}]}`],
    ['lists in a list', (count: number) => `{"text":[[${values(count - 3)}],"a"]}`],
    [
      'fields',
      (count: number) => `{"text":"a","more":{${numbered(4000)}},"rest":{${numbered(count - 4003)}}}`,
    ],
  ])('a document with too many values in %s', async (_, document) => {
    const candidates = (count: number) => `{${QUERY},"candidates":["a",${document(count)}]}`
    const { status, body } = await ask(candidates(10_001))
    expect([status, body.error.details.field]).toEqual([413, 'candidates[1]'])
    expect((await ask(candidates(10_000))).status).toBe(200)
  })
})

test('a field of 100,000 spaces is a name like any other', async () => {
  const name = `x${' '.repeat(100_000)}y`
  const { status } = await ask(`{${QUERY},"candidates":[{"title":"nurse","${name}":"a"}],"redact":["z"]}`)
  expect(status).toBe(200)
})
