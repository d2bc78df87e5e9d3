import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import type { MatchDocument } from '../../../src/services/match/document.ts'
import { joinTexts, textsOf } from '../../../src/services/match/document.ts'
import type { MatchRequest } from '../../../src/services/match/match-request.ts'
import { planMatch } from '../../../src/services/match/plan.ts'
import { manifestOf } from '../../support/manifests.ts'

const resolve = (id: string) => manifestOf({ id, dimensions: 2 })
const text = (id: string, index: number, value = 'nurse'): MatchDocument => ({
  id,
  index,
  fields: { text: value },
})
const request = (parts: Partial<MatchRequest> = {}): MatchRequest => ({
  queries: [text('q', 0)],
  candidates: [text('a', 0), text('b', 1)],
  models: [{ model: 'small', weight: 1 }],
  fusion: 'weighted',
  ...parts,
})

test('fills in what is not asked for', async () => {
  expect(await planMatch(request(), resolve)).toMatchObject({
    sections: [{ name: undefined, weight: 1 }],
    topK: Number.POSITIVE_INFINITY,
    threshold: Number.NEGATIVE_INFINITY,
    rerank: undefined,
    explain: false,
    roles: { query: 'query', candidate: 'document' },
    excluded: [],
  })
})

test('one role is for both sides', async () => {
  expect((await planMatch(request({ role: 'document' }), resolve)).roles).toEqual({
    query: 'document',
    candidate: 'document',
  })
})

test('leaves filtered candidates out, with the reason', async () => {
  const candidates = [
    { id: 'a', index: 0, fields: { text: 'nurse', years: 1 } },
    { id: 'b', index: 1, fields: { text: 'nurse', years: 9 } },
  ]
  const plan = await planMatch(request({ candidates, filters: { years: { min: 5 } } }), resolve)
  expect(plan.candidates.map(({ id }) => id)).toEqual(['b'])
  expect(plan.excluded).toEqual([{ id: 'a', reason: 'years is 1, below 5' }])
})

test('filters see what redaction drops', async () => {
  const candidates = [{ id: 'a', index: 0, fields: { text: 'nurse', age: 50 } }]
  const plan = await planMatch(
    request({ candidates, filters: { age: { min: 18 } }, redact: ['age'] }),
    resolve,
  )
  expect(plan.candidates[0]!.fields).toEqual({ text: 'nurse' })
})

test('sections of weight 0 are left out', async () => {
  expect((await planMatch(request({ weights: { text: 2, skills: 0 } }), resolve)).sections).toEqual([
    { name: 'text', weight: 2 },
  ])
})

test.each<[string, Partial<MatchRequest>, string, RegExp]>([
  [
    'two candidates of one id',
    { candidates: [text('a', 0), text('a', 1)] },
    'candidates[1].id',
    /also that of candidates\[0\]/,
  ],
  ['two queries of one id', { queries: [text('q', 0), text('q', 1)] }, 'queries[1].id', /give each its own/],
  ['weights that sum to 0', { weights: { title: 0 } }, 'weights', /sum to more than 0/],
  ['no weights at all', { weights: {} }, 'weights', /are none/],
  ['a negative weight', { weights: { title: -1, skills: 2 } }, 'weights', /at least 0/],
  [
    'an ensemble that weighs nothing',
    { models: [{ model: 'a', weight: 0 }] },
    'model.ensemble',
    /weights of model.ensemble/,
  ],
  ['a blank query', { queries: [text('q', 0, '  ')] }, 'queries[0]', /nothing to compare; expected a text/],
  ['a candidate without the section', { weights: { skills: 1 } }, 'queries[0]', /expected a text in skills/],
  [
    'a vector of the wrong width',
    { candidates: [{ id: 'a', index: 0, fields: {}, vector: Float32Array.of(1, 2, 3) }] },
    'candidates[0].vector',
    /has 3 values; expected 2/,
  ],
  [
    'a vector for two models',
    {
      candidates: [{ id: 'a', index: 0, fields: {}, vector: Float32Array.of(1, 2) }],
      models: [
        { model: 'a', weight: 1 },
        { model: 'b', weight: 1 },
      ],
    },
    'candidates[0].vector',
    /only one model/,
  ],
])('refuses %s and names the field', async (_, parts, field, message) => {
  await expect(planMatch(request(parts), resolve)).rejects.toThrow(
    expect.objectContaining({
      message: expect.stringMatching(message),
      details: expect.objectContaining({ field }),
    }),
  )
})

test('a structured document is its describing fields, in order', () => {
  const fields = {
    id: 'x',
    name: 'Ann',
    title: 'Nurse',
    years: 4,
    skills: ['Java', ' ', 'SQL'],
    experience: [{ title: 'Cook', at: { place: 'Bern' } }],
    missing: null,
  }
  const document = { id: 'x', index: 0, fields }
  expect(textsOf(document)).toEqual([
    { path: 'title', text: 'Nurse' },
    { path: 'skills[0]', text: 'Java' },
    { path: 'skills[2]', text: 'SQL' },
    { path: 'experience[0].title', text: 'Cook' },
    { path: 'experience[0].at.place', text: 'Bern' },
  ])
  expect(joinTexts(textsOf(document, 'name'))).toBe('Ann')
  expect(textsOf(document, 'nothing')).toEqual([])
})

test.each([
  ['model', 'rerank', { models: [{ model: 'judge', weight: 1 }] }, /name it in rerank\.model/],
  ['model', 'generate', { models: [{ model: 'judge', weight: 1 }] }, /expected one that makes vectors/],
  ['rerank.model', 'generate', { rerank: { model: 'judge', top: 5 } }, /expected one that compares texts/],
] as const)('refuses in %s a model made to %s', async (field, task, parts, message) => {
  const find = (id: string) => manifestOf({ id, dimensions: 2, ...(id === 'judge' && { task }) })
  await expect(planMatch(request(parts), find)).rejects.toThrow(
    expect.objectContaining({
      code: 'unsupported_task',
      message: expect.stringMatching(message),
      details: { field, model: 'judge', task },
    }),
  )
})

test('names the place of a model in the request', async () => {
  const find = (id: string) => {
    if (id === 'nothing') throw new AppError('unknown_model', 'No such model.')
    return manifestOf({ id: id.replace('alias of ', ''), dimensions: 2 })
  }
  const known = new Map<string, Manifest>()
  const resolve = (id: string) => {
    const found = find(id)
    known.set(found.id, known.get(found.id) ?? found)
    return known.get(found.id)!
  }
  const fieldOf = async (parts: Partial<MatchRequest>) => {
    try {
      return await planMatch(request(parts), resolve)
    } catch (error) {
      return [(error as AppError).code, (error as AppError).details.field]
    }
  }
  const models = (...names: string[]) => ({ models: names.map((model) => ({ model, weight: 1 })) })
  expect(await fieldOf(models('nothing'))).toEqual(['unknown_model', 'model'])
  expect(await fieldOf(models('a', 'nothing'))).toEqual(['unknown_model', 'model.ensemble[1].model'])
  expect(await fieldOf(models('a', 'alias of a'))).toEqual(['invalid_request', 'model.ensemble[1].model'])
  expect(await fieldOf({ rerank: { model: 'nothing', top: 3 } })).toEqual(['unknown_model', 'rerank.model'])
  expect(await fieldOf({ queries: [text('q', 0, ' ')], single: true })).toEqual(['empty_input', 'query'])
})
