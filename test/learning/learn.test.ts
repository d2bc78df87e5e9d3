import { afterAll, beforeAll, expect, test } from 'vitest'
import { openModels } from '../../scripts/models/open.ts'
import { createContext } from '../../src/context.ts'
import { type BaseModel, openBaseModel } from '../../src/learning/base-model.ts'
import { type LearnRequest, learn } from '../../src/learning/learn.ts'
import { createRandom, shuffle } from '../../src/learning/random.ts'
import { companyPairs, JOB_LABELS } from './learning-task.ts'

const core = openModels({})
const context = createContext()
let model: BaseModel
beforeAll(async () => {
  model = await openBaseModel(core.engine, core.catalog.resolve('jobs'), context)
})
afterAll(() => core.engine.close())

const request = (change: Partial<LearnRequest> = {}): LearnRequest => ({
  pairs: companyPairs(400),
  labels: JOB_LABELS,
  placeOf: (row) => `pairs.csv:${row + 2}`,
  guards: [],
  seeds: [1],
  ...change,
})

test.each(['table', 'query', 'both'] as const)('learns %s from the titles of a company', async (side) => {
  const { report, weight, tokens } = await learn(request({ side }), { model, context })
  expect(report.decision).toEqual({ ships: true, reasons: [] })
  expect(report.gains.micro.low).toBeGreaterThan(0.1)
  expect(report.lines.learned.micro.mrr.mean).toBeGreaterThan(report.lines.popularity.micro.mrr.mean)
  expect(report.split).toMatchObject({ by: 'query', fitQueries: 320, validationQueries: 80 })
  expect([weight.rows, weight.columns]).toEqual(side === 'table' ? [tokens!.length, 256] : [256, 256])
})

test('the same pairs give the same report and the same numbers', async () => {
  const [one, other] = [
    await learn(request(), { model, context }),
    await learn(request(), { model, context }),
  ]
  expect(other.report).toEqual(one.report)
  expect(other.weight.data).toEqual(one.weight.data)
})

test.each([1, 2, 3])('refuses labels that were dealt out at random, seed %i', async (seed) => {
  const pairs = companyPairs(400)
  const positives = shuffle(
    pairs.map(({ positive }) => positive),
    createRandom(seed),
  )
  const shuffled = pairs.map((pair, place) => ({ ...pair, positive: positives[place]! }))
  const { report } = await learn(request({ pairs: shuffled }), { model, context })
  expect(report.decision.reasons.join()).toContain('are the labels those of the queries?')
})

test('refuses 100 pairs, whatever they gain', async () => {
  const { report } = await learn(request({ pairs: companyPairs(100) }), { model, context })
  expect(report.gains.micro.mean).toBeGreaterThan(0.02)
  expect(report.decision.reasons.slice(0, 2)).toEqual([
    'There are 100 distinct queries; expected at least 200.',
    '20 distinct queries validate; expected at least 50.',
  ])
})

test('refuses what makes a file of other titles worse', async () => {
  const others = companyPairs(300, 5).map((pair) => ({ ...pair, query: `${pair.query} wanted` }))
  const guards = [{ kind: 'pairs' as const, name: 'real.csv', pairs: others }]
  const { report } = await learn(request({ guards, side: 'query' }), { model, context })
  expect(report.guards[0]).toMatchObject({ name: 'real.csv', kind: 'pairs', role: 'judge', items: 300 })
  expect(report.decision.reasons.join()).toContain('The guard real.csv, pairs as these are, changes by −0.0')
})

test('without a catalogue the answers of other pairs are wrong ones', async () => {
  const pairs = companyPairs(400).map((pair) => ({
    ...pair,
    positive: {
      text: JOB_LABELS.find((label) => 'id' in pair.positive && label.id === pair.positive.id)!.text,
    },
  }))
  const { report } = await learn(request({ pairs, labels: [] }), { model, context })
  expect(report.data).toMatchObject({ labels: 30, negatives: 'batch' })
  expect(report.gains.micro.mean).toBeGreaterThan(0.05)
})

test('a label that the catalogue lacks is named by its row', async () => {
  const labels = JOB_LABELS.slice(1)
  await expect(learn(request({ labels }), { model, context })).rejects.toThrow(
    /^pairs.csv:2: positiveId names none of the labels.* So do pairs.csv:\d+: positiveId, /,
  )
})

test('what was stopped is measured as far as it came', async () => {
  const stop = new AbortController()
  const { report } = await learn(request({ seeds: [1, 2, 3] }), {
    model,
    context,
    stop: stop.signal,
    onFit: ({ epoch }) => epoch === 3 && stop.abort(),
  })
  expect(report.interrupted).toBe(true)
  expect(report.seeds).toHaveLength(1)
  expect(report.seeds[0]!.epoch).toBeLessThanOrEqual(3)
})

test('a seed that was kept is not fitted again', async () => {
  const kept = new Map<string, Uint8Array>()
  const steps = {
    read: async (step: string) => kept.get(step),
    async keep(step: string, bytes: Uint8Array) {
      kept.set(step, bytes)
      return bytes
    },
  }
  const fitted: number[] = []
  const once = () =>
    learn(request(), { model, context, steps, onFit: ({ epoch }) => void fitted.push(epoch) })
  const first = await once()
  const epochs = fitted.length
  const second = await once()
  expect([...kept.keys()]).toEqual(['seed-1'])
  expect(fitted).toHaveLength(epochs)
  expect(second.report).toEqual(first.report)
})
