import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drawChart } from '../../scripts/evaluate/chart.ts'
import {
  type Contender,
  calibrationFor,
  combine,
  type EmbedTexts,
} from '../../scripts/evaluate/contenders.ts'
import { parseEnsemble, readOptions } from '../../scripts/evaluate/options.ts'
import { compareRankings, formatComparison, MEASURES } from '../../scripts/evaluate/ranking.ts'
import type { RankingTask } from '../../scripts/evaluate/ranking-tasks.ts'
import { formatSwaps, measureSwaps, readNames } from '../../scripts/evaluate/swap.ts'
import { createContext } from '../../src/context.ts'
import { calibrate } from '../../src/ranking/calibration.ts'
import { temporaryFolder } from '../support/folders.ts'
import { manifestOf } from '../support/manifests.ts'
import { createWordEngine } from '../support/word-engine.ts'

const small = manifestOf({ id: 'small', dimensions: 64 })
const large = manifestOf({ id: 'large', dimensions: 64, calibration: { midpoint: 0.4, slope: 9 } })
const embed: EmbedTexts = async ({ id, dimensions }, inputs, role) =>
  (await createWordEngine().embed({ model: id, inputs, options: { dimensions, role } }, createContext()))
    .vectors
const single: Contender = { name: 'small', models: [{ manifest: small, weight: 1 }], fusion: 'weighted' }
const ensemble: Contender = {
  name: 'both',
  models: [...single.models, { manifest: large, weight: 2 }],
  fusion: 'weighted',
}
const everything = { split: 'query', heldOut: 1, seed: 1 } as const

const WORK = [
  'night nurse',
  'pastry baker',
  'java developer',
  'taxi driver',
  'math teacher',
  'crane operator',
]
/** Each job looks for the resume with its words; the last one's resume is about something else. */
const task: RankingTask = {
  name: 'job → resume',
  queries: WORK.map((text, index) => ({ id: `job ${index}`, text })),
  candidates: WORK.map((text, index) => ({
    id: `resume ${index}`,
    text: index < 5 ? `${text} since 2010` : 'since 2010',
  })),
  grades: new Map(WORK.map((_, index) => [`job ${index}`, new Map([[`resume ${index}`, 1]])])),
}

describe('a comparison', () => {
  test('measures what can be counted by hand', async () => {
    const { outcomes, queries, candidates } = await compareRankings(
      task,
      [single, ensemble],
      embed,
      everything,
    )
    expect([queries, candidates]).toEqual([6, 6])
    const { pairwise, MRR, 'recall@10': recall, 'P@5': precision } = outcomes[0]!.measured
    expect(recall.mean).toBe(1)
    // Five find their resume first; the sixth's own is one of six that share no word with it.
    expect(MRR.mean).toBeGreaterThanOrEqual((5 + 1 / 6) / 6)
    expect(pairwise.mean).toBeGreaterThanOrEqual(5 / 6)
    expect(precision.mean).toBeLessThanOrEqual(0.2)
    for (const name of MEASURES) {
      const { mean, low, high } = outcomes[1]!.measured[name]
      expect(low <= mean && mean <= high).toBe(true)
    }
  })

  test('is the same again, and prints a line for each contender', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => compareRankings(task, [single, ensemble], embed, { ...everything, heldOut: 0.5 })),
    )
    expect(second).toEqual(first)
    expect(formatComparison(first!).split('\n')).toHaveLength(4)
  })

  test.each(['query', 'candidate'] as const)('keeps no %s on both sides of a split', async (split) => {
    const seen = async (heldOut: number) => {
      const { judgements } = await compareRankings(task, [single], embed, { split, heldOut, seed: 3 })
      return split === 'query' ? judgements.map(({ query }) => query) : [...judgements[0]!.candidates]
    }
    const [all, half] = [await seen(1), await seen(0.5)]
    expect(half.length).toBeLessThan(all.length)
    expect(all).toEqual(expect.arrayContaining(half))
  })

  test('is drawn with a bar and whiskers for each measure and contender', async () => {
    const comparison = await compareRankings(task, [single, ensemble], embed, everything)
    const svg = drawChart([{ ...comparison, task: 'a < b & "c"' }])
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;')
    expect(svg.match(/<path /g)).toHaveLength(MEASURES.length * 2)
    expect(svg).not.toContain('NaN')
  })
})

test('an ensemble weighs chances, by a calibration that is fitted where a model has none', () => {
  const scores = [Float64Array.of(0.9, 0.2, 0.1, 0.3)]
  const grades = [Float64Array.of(1, 0, 0, 0)]
  expect(calibrationFor(large, { scores, grades })).toBe(large.calibration)
  const fitted = calibrationFor(small, { scores, grades })
  expect(calibrate(0.9, fitted)).toBeGreaterThan(calibrate(0.3, fitted))
  const lists = [Float64Array.of(0.4, 0.9), Float64Array.of(0.4, 0.4)]
  const same = { midpoint: 0.4, slope: 1 }
  expect(combine(ensemble, lists, [same, same])[0]).toBeCloseTo(0.5, 12)
  expect(combine({ ...ensemble, fusion: 'rrf' }, lists, [])[1]).toBeLessThan(1)
  // Weights 1 and 2.
  expect(combine({ ...ensemble, fusion: 'cosines' }, lists, [])[1]).toBeCloseTo((0.9 + 2 * 0.4) / 3, 12)
})

describe('a swap of names', () => {
  const names = [
    { name: 'Ann', group: 'a' },
    { name: 'Ben', group: 'b' },
  ]
  const options = { queries: 6, candidates: 6, selected: 2, seed: 1 }

  test('moves nothing when the model cannot see the name', async () => {
    const blind: EmbedTexts = (model, texts, role) =>
      embed(
        model,
        texts.map((text) => text.replace(/^(Ann|Ben)\n/, '')),
        role,
      )
    const report = await measureSwaps(task, names, small, blind, options)
    expect(report).toMatchObject({ largestScoreChange: 0, largestPlaces: 0, crossings: 0 })
    expect(report.rates.reduce((sum, { selected }) => sum + selected, 0)).toBe(6 * 2)
  })

  test('shows a model that prefers a name', async () => {
    const asked: RankingTask = { ...task, queries: [{ id: 'q', text: 'Ann' }] }
    const report = await measureSwaps(asked, names, small, embed, { ...options, selected: 3 })
    expect(report.rates.find(({ group }) => group === 'a')!.rate).toBe(1)
    expect(report.ratio).toBe(0)
    expect(report.meanPlaces).toBeGreaterThan(0)
    expect(formatSwaps('small', 'task', report, options)).toContain('four-fifths ratio 0.000: below 0.8')
  })

  test('puts the name where the text says', async () => {
    const seen: string[] = []
    const spy: EmbedTexts = (model, texts, role) => {
      seen.push(...texts)
      return embed(model, texts, role)
    }
    const candidates = [{ id: 'c', text: 'Nurse {name}, 4 years' }]
    await measureSwaps({ ...task, candidates }, names, small, spy, options)
    expect(seen.slice(-2)).toEqual(['Nurse Ann, 4 years', 'Nurse Ben, 4 years'])
  })

  test('a list of names needs two groups of people', () => {
    const folder = temporaryFolder('names')
    const path = join(folder, 'names.csv')
    writeFileSync(path, 'name,group\nAnn,a\n"Ben, Jr.",b\n')
    expect(readNames(path)[1]).toEqual({ name: 'Ben, Jr.', group: 'b' })
    writeFileSync(path, 'name,group\nAnn,a\n')
    expect(() => readNames(path)).toThrow(/two groups or more/)
  })
})

test('reads ensembles and refuses what it does not know', () => {
  expect(parseEnsemble('a:2+b')).toEqual({
    name: 'a:2+b',
    models: [
      { model: 'a', weight: 2 },
      { model: 'b', weight: 1 },
    ],
    fusion: 'weighted',
  })
  expect(parseEnsemble('rrf:a+b').fusion).toBe('rrf')
  expect(parseEnsemble('cosines:a:3+b')).toMatchObject({
    fusion: 'cosines',
    models: [{ weight: 3 }, { weight: 1 }],
  })
  for (const wrong of ['a', 'a:x+b', '+b']) expect(() => parseEnsemble(wrong)).toThrow(TypeError)
  expect(() => readOptions(['--only', 'ranking,cooking'])).toThrow(/cooking/)
  expect(readOptions(['--only', 'ranking']).models).toEqual(['jobs-static'])
})
