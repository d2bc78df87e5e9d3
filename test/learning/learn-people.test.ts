import { afterAll, beforeAll, expect, test } from 'vitest'
import { openModels } from '../../scripts/models/open.ts'
import { createContext } from '../../src/context.ts'
import { type BaseModel, openBaseModel } from '../../src/learning/base-model.ts'
import { learn } from '../../src/learning/learn.ts'
import { type LearningPair, readPair } from '../../src/learning/pairs.ts'
import { calibrate } from '../../src/ranking/calibration.ts'
import { companyPairs, JOB_LABELS } from './learning-task.ts'

const core = openModels({})
const context = createContext()
let model: BaseModel
beforeAll(async () => {
  model = await openBaseModel(core.engine, core.catalog.resolve('jobs'), context)
})
afterAll(() => core.engine.close())

const learnFrom = async (pairs: readonly LearningPair[]) => {
  const placeOf = (row: number) => `pairs.csv:${row + 2}`
  const request = { pairs, labels: JOB_LABELS, placeOf, guards: [], seeds: [1] }
  return (await learn(request, { model, context })).report
}
const inGroup = (group: string, pairs: readonly LearningPair[]) => pairs.map((pair) => ({ ...pair, group }))

test('what helps one group at the cost of another is refused, with both ratios', async () => {
  // The same departments mean other jobs in the south, of which there are fewer pairs.
  const south = companyPairs(160, 7).map((pair) => ({ ...pair, query: `${pair.query} south` }))
  const report = await learnFrom([...inGroup('north', companyPairs(400)), ...inGroup('south', south)])
  const groups = report.fairness.find(({ kind }) => kind === 'group')!
  expect(groups.groups.map(({ group }) => group)).toEqual(['north', 'south'])
  expect(groups.isDrop).toBe(true)
  expect(groups.after).toBeLessThan(groups.before)
  expect(report.decision.reasons.join()).toContain('The four-fifths ratio of the groups drops from 0.')
})

test('the report says how groups fare by names and languages, and how scores become chances', async () => {
  const pairs = companyPairs(400)
  const chinese = pairs.slice(0, 200).map((pair) => ({ ...pair, query: `招聘岗位急需人员：${pair.query}` }))
  const report = await learnFrom([...pairs, ...chinese])
  expect(report.fairness.map(({ kind }) => kind)).toEqual(['language', 'name'])
  const [languages, names] = report.fairness
  expect(languages!.groups.map(({ group }) => group).sort()).toEqual(['en', 'zh'])
  expect(names!.groups).toHaveLength(6)
  expect(report.notes.join()).toContain('how groups of your own fare is not known')
  const { calibration, errors, method } = report.calibration!
  expect(method).toBe('Platt')
  expect(calibration.titles!.all).toBe(report.split.validationQueries)
  expect(calibrate(0.9, calibration)).toBeGreaterThan(calibrate(0.1, calibration))
  expect(errors.learned).toBeLessThan(errors.base!)
  expect(report.notes.join()).toContain('go by the curve of all languages')
})

test('clicks teach by what they passed over, and hires judge', async () => {
  const ids = JOB_LABELS.map(({ id }) => id)
  const clicks = companyPairs(300).map(({ query, positive }, place) => {
    const own = 'id' in positive ? positive.id : ''
    const above = ids.filter((id) => id !== own).slice(place % 20, (place % 20) + (place % 5))
    const shown = [...above, own, 'job-gone']
    return readPair({ query, positiveId: own, source: 'click', position: above.length + 1, shown })
  })
  const hires = companyPairs(300).map((pair) => ({
    ...pair,
    query: `${pair.query} today`,
    source: 'hire' as const,
  }))
  const report = await learnFrom([...clicks, ...hires])
  expect(report.data.sources).toEqual({ click: 300, hire: 300 })
  const notes = report.notes.join('\n')
  expect(notes).toMatch(/^\d+ clicks teach nothing: nothing is known to have been passed over for them\./)
  expect(notes).toMatch(/\d+ clicks were held back and do not judge: surer pairs do\./)
  expect(report.split.validationQueries).toBeLessThan(90)
})

test('a hire counts before a click on the same label, whatever the click weighs', async () => {
  const clicks = companyPairs(300).map((pair) => ({ ...pair, source: 'click' as const, weight: 2 }))
  const hires = companyPairs(300).map((pair) => ({ ...pair, source: 'hire' as const }))
  const report = await learnFrom([...clicks, ...hires])
  expect(report.data.sources).toEqual({ hire: 300 })
})
