import { expect, test } from 'vitest'
import { createAppOver, post } from '../support/http.ts'
import { createWordEngine } from '../support/word-engine.ts'

const app = createAppOver(createWordEngine())

async function ask(body: object) {
  const response = await app.fetch(post('/match', { model: 'wide', ...body }))
  return { status: response.status, body: (await response.json()) as Record<string, never> }
}

test('ranks texts and structured documents', async () => {
  const { body } = await ask({
    query: 'night nurse',
    candidates: ['baker', { id: 7, title: 'Night nurse', years: 4 }],
    explain: true,
  })
  expect(body).toMatchObject({
    models: [{ model: 'wide', revision: '0'.repeat(40), precision: 'float32', weight: 1 }],
    results: [
      { id: '7', index: 1, band: 'very high' },
      { id: '0', index: 0 },
    ],
    excluded: [],
    warnings: [],
  })
  expect(Object.keys(body.timing!)).toEqual(['recallMs', 'fuseMs', 'rerankMs', 'explainMs'])
})

test('leaves out candidates that a filter excludes, each with its reason', async () => {
  const candidates = [
    { id: 'a', text: 'nurse', years: 1 },
    { id: 'b', text: 'nurse', years: 8 },
  ]
  const { body } = await ask({ query: 'nurse', candidates, filters: { years: { min: 5 } } })
  expect(body.excluded).toEqual([{ id: 'a', reason: 'years is 1, below 5' }])
})

test('ranks for many queries by an ensemble', async () => {
  const model = { ensemble: [{ model: 'wide', weight: 2 }, { model: 'large' }], fusion: 'rrf' }
  const { body } = await ask({
    queries: ['nurse', { id: 'q', text: 'baker' }],
    candidates: ['baker', 'nurse'],
    model,
  })
  expect(body.matches).toMatchObject([
    { query: '0', results: [{ index: 1 }, { index: 0 }] },
    { query: 'q', results: [{ index: 0 }, { index: 1 }] },
  ])
})

test.each<[string, object, number, string, RegExp]>([
  ['neither query nor queries', { candidates: ['a'] }, 400, 'query', /one of the fields query and queries/],
  ['both', { query: 'a', queries: ['b'], candidates: ['a'] }, 400, 'query', /one of/],
  ['no candidates', { query: 'a', candidates: [] }, 400, 'candidates', /empty list/],
  [
    '1,001 candidates',
    { query: 'a', candidates: Array.from({ length: 1001 }, () => 'a') },
    413,
    'candidates',
    /at most 1000/,
  ],
  ['a blank query', { query: ' \t', candidates: ['a'] }, 400, 'query', /nothing to compare/],
  [
    'a candidate that is a number',
    { query: 'a', candidates: ['a', 5] },
    400,
    'candidates[1]',
    /is 5; expected a text or an object/,
  ],
  [
    'ids that are equal',
    {
      query: 'a',
      candidates: [
        { id: 'x', text: 'a' },
        { id: 'x', text: 'b' },
      ],
    },
    400,
    'candidates[1].id',
    /also that of/,
  ],
  [
    'weights that sum to 0',
    { query: { t: 'a' }, candidates: [{ t: 'a' }], weights: { t: 0 } },
    400,
    'weights',
    /sum to more/,
  ],
  [
    'a negative weight',
    { query: { t: 'a' }, candidates: [{ t: 'a' }], weights: { t: -1 } },
    400,
    'weights.t',
    /at least 0/,
  ],
  [
    'a vector with a text in it',
    { query: 'a', candidates: [{ vector: [1, 'x'] }] },
    400,
    'candidates[0].vector[1]',
    /expected number/,
  ],
  [
    'a vector of the wrong width',
    { query: 'a', candidates: [{ vector: [1, 2] }] },
    400,
    'candidates[0].vector',
    /has 2 values; expected 64/,
  ],
  [
    'an unknown operator',
    { query: 'a', candidates: ['a'], filters: { years: { atLeast: 3 } } },
    400,
    'filters.years.atLeast',
    /unknown/,
  ],
  ['an unknown model', { query: 'a', candidates: ['a'], model: 'wid' }, 404, 'model', /did you mean "wide"/],
  ['top 0', { query: 'a', candidates: ['a'], topK: 0 }, 400, 'topK', /at least 1/],
])('names the field for %s', async (_, request, status, field, message) => {
  const answer = await ask(request)
  expect(answer.status).toBe(status)
  expect(answer.body.error).toMatchObject({ details: { field }, message: expect.stringMatching(message) })
})
