import { expect, test } from 'vitest'
import { MOST_COMPARISONS, MOST_CONDITIONS, MOST_FILTER_VALUES } from '../../../src/services/match/bounds.ts'
import type { MatchDocument } from '../../../src/services/match/document.ts'
import type { Filters } from '../../../src/services/match/filters.ts'
import type { MatchRequest } from '../../../src/services/match/match-request.ts'
import { planMatch } from '../../../src/services/match/plan.ts'
import { createAppOver, post } from '../../support/http.ts'
import { manifestOf } from '../../support/manifests.ts'
import { createWordEngine } from '../../support/word-engine.ts'

const resolve = (id: string) => manifestOf({ id, dimensions: 2 })
const documents = (count: number, fields: MatchDocument['fields'] = { text: 'nurse' }): MatchDocument[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(index), index, fields }))
const plan = async (parts: Partial<MatchRequest>) =>
  planMatch(
    {
      queries: documents(1),
      candidates: documents(2),
      models: [{ model: 'small', weight: 1 }],
      fusion: 'weighted',
      ...parts,
    },
    resolve,
  )
const weights = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, 1]))
const filled = (count: number) => ({ ...weights(count), ...named(count) })
const named = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, 'nurse']))

test('8,000,000 comparisons are planned, and more are refused with the field and the count', async () => {
  const parts = { queries: documents(1000, filled(9)), candidates: documents(1000, filled(9)) }
  await expect(plan({ ...parts, weights: weights(8) })).resolves.toMatchObject({ sections: { length: 8 } })
  await expect(plan({ ...parts, weights: weights(9) })).rejects.toMatchObject({
    code: 'payload_too_large',
    message: expect.stringContaining('are 9000000 comparisons; expected at most 8000000'),
    details: { field: 'queries', max: MOST_COMPARISONS },
  })
})

test('sections that nobody has cost nothing: 64 names that no document has, and one that all have', async () => {
  const parts = { queries: documents(1000, named(1)), candidates: documents(1000, named(1)) }
  const { sections, absent, warnings } = await plan({ ...parts, weights: weights(64) })
  expect(absent).toHaveLength(63)
  expect(sections).toEqual([{ name: 's0', weight: 1 }])
  expect(warnings).toHaveLength(63)
})

test('a section that only candidates have stays, for its scores are told as null', async () => {
  const parts = { candidates: documents(2, { text: 'nurse', s0: 'cook' }) }
  const { sections } = await plan({ ...parts, weights: { text: 1, s0: 1, nothing: 1 } })
  expect(sections.map(({ name }) => name)).toEqual(['text', 's0'])
})

test('every model of an ensemble counts for the comparisons', async () => {
  const models = Array.from({ length: 9 }, (_, index) => ({ model: `m${index}`, weight: 1 }))
  const parts = { queries: documents(1000), candidates: documents(1000) }
  await expect(plan({ ...parts, models })).rejects.toMatchObject({ code: 'payload_too_large' })
  await expect(plan({ ...parts, models: models.slice(1) })).resolves.toMatchObject({ models: { length: 8 } })
})

test('what the filters leave out is not counted', async () => {
  const parts = { queries: documents(1000, filled(9)), candidates: documents(1000, filled(9)) }
  const filters: Filters = { s0: { equals: 'cook' } }
  await expect(plan({ ...parts, weights: weights(9), filters })).resolves.toMatchObject({ candidates: [] })
})

test.each<[string, Filters]>([
  [
    `${MOST_CONDITIONS + 1} conditions`,
    Object.fromEntries(Array.from({ length: MOST_CONDITIONS + 1 }, (_, at) => [`f${at}`, { min: 1 }])),
  ],
  [
    `${MOST_FILTER_VALUES + 2} values together`,
    { a: { in: Array(MOST_FILTER_VALUES).fill(1) }, b: { hasAny: [1], hasAll: [1] } },
  ],
])('refuses filters with %s', async (what, filters) => {
  await expect(plan({ filters })).rejects.toMatchObject({
    code: 'payload_too_large',
    message: expect.stringContaining(what),
    details: { field: 'filters' },
  })
})

test('a body of 60 kB with a thousand sections, queries and candidates is refused before anything is compared', async () => {
  const engine = createWordEngine()
  const app = createAppOver(engine)
  const many = (count: number) => Array<string>(count).fill('nurse')
  const body = { queries: many(1000), candidates: many(1000), topK: 1, weights: weights(1000) }
  const response = await app.fetch(post('/match', body))
  expect([response.status, engine.jobs]).toEqual([400, []])
  expect(await response.text()).toContain('at most 64 sections')
})
