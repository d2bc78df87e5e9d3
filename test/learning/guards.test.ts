import { afterAll, beforeAll, expect, test } from 'vitest'
import { openModels } from '../../scripts/models/open.ts'
import { createContext } from '../../src/context.ts'
import { type BaseModel, openBaseModel } from '../../src/learning/base-model.ts'
import type { Guard } from '../../src/learning/guards.ts'
import { learn } from '../../src/learning/learn.ts'
import { readPair } from '../../src/learning/pairs.ts'
import { companyPairs, JOB_LABELS } from './learning-task.ts'

const core = openModels({})
const context = createContext()
let model: BaseModel
beforeAll(async () => {
  model = await openBaseModel(core.engine, core.catalog.resolve('jobs'), context)
})
afterAll(() => core.engine.close())

async function guardedBy(...guards: Guard[]) {
  const request = { pairs: companyPairs(300), labels: JOB_LABELS, placeOf: String, guards, seeds: [1] }
  const { report } = await learn(request, { model, context })
  return report
}

test('texts that people rated and a ranking are watched', async () => {
  const rated = JOB_LABELS.flatMap(({ text }, place) => [
    { left: text, right: `${text} wanted`, score: 5 },
    { left: text, right: JOB_LABELS[(place + 7) % 30]!.text, score: place % 2 },
  ])
  const report = await guardedBy(
    { kind: 'rated', name: 'rated.csv', rated },
    {
      kind: 'ranking',
      name: 'beir',
      queries: ['nurse', 'teacher'],
      documents: JOB_LABELS.map(({ text }) => text),
      grades: [new Map([[0, 1]]), new Map([[3, 2]])],
    },
  )
  expect(report.guards).toMatchObject([
    { name: 'rated.csv', role: 'watch', measure: 'Spearman', items: 60 },
    { name: 'beir', role: 'watch', measure: 'nDCG@10', items: 2, base: 1 },
  ])
  expect(report.guards[0]!.base).toBeGreaterThan(0.5)
  expect(report.decision.ships).toBe(true)
})

test('queries that are learned from judge nothing, and are counted', async () => {
  const [known, fresh] = [companyPairs(300), companyPairs(330).slice(300)]
  const report = await guardedBy({ kind: 'pairs', name: 'half.csv', pairs: [...known, ...fresh] })
  expect(report.guards).toMatchObject([{ items: 30, leftOut: 300 }])
  await expect(guardedBy({ kind: 'pairs', name: 'same.csv', pairs: known })).rejects.toThrow(
    'Each of the 300 queries of the guard same.csv is among the pairs that are learned from; expected others.',
  )
})

test('pairs judge in the same script alone', async () => {
  const chinese = JOB_LABELS.slice(0, 20).map(({ id }, place) =>
    readPair({ query: `护士 ${place}`, positiveId: id }),
  )
  const report = await guardedBy(
    { kind: 'pairs', name: 'other.csv', pairs: companyPairs(330).slice(300) },
    { kind: 'pairs', name: 'chinese.csv', pairs: chinese },
  )
  expect(report.guards.map(({ role }) => role)).toEqual(['judge', 'watch'])
  expect(report.guards[0]!.macro!.mean).toBeGreaterThan(0)
})
