import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createEmbedder } from '../../../scripts/evaluate/contenders.ts'
import {
  measuredColumns,
  readMeasured,
  withRanking,
  withScores,
  writeQuality,
} from '../../../scripts/evaluate/quality.ts'
import { drawScores, formatScores } from '../../../scripts/evaluate/score-table.ts'
import { scoreFacts } from '../../../scripts/evaluate/scores.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { manifestOf } from '../../support/manifests.ts'
import { createWordEngine } from '../../support/word-engine.ts'

const [english, chinese] = ['STS-B dev, English, Spearman', 'STS-B dev, Chinese, Spearman']
const empty = { models: {}, rankings: {} }
/** A score with an interval. */
const about = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 })
const weights = { revision: 'r1', precision: 'int8' } as const

test('scores are kept with their languages, task and measure, to four digits', () => {
  const { models } = withScores(
    empty,
    'small',
    { ...weights, lowercase: true },
    { [english]: { value: 0.87654321, low: 0.8, high: 0.9 } },
  )
  expect(models.small).toEqual({
    revision: 'r1+lowercase',
    precision: 'int8',
    scores: [
      {
        languages: 'en-en',
        task: 'sentence similarity',
        measure: 'Spearman',
        on: english,
        value: 0.8765,
        low: 0.8,
        high: 0.9,
      },
    ],
  })
})

test('scores of the same weights stay beside new ones; of other weights they go', () => {
  const first = withScores(empty, 'small', weights, { [chinese]: about(0.5), [english]: about(0.6) })
  const again = withScores(first, 'small', weights, { [english]: about(0.7) })
  expect(again.models.small!.scores.map(({ value }) => value)).toEqual([0.7, 0.5])
  const other = withScores(again, 'small', { ...weights, revision: 'r2' }, { [english]: about(0.8) })
  expect(other.models.small!.scores.map(({ value }) => value)).toEqual([0.8])
})

test('what was measured before stands beside what is measured now, where it was measured', () => {
  const before = withScores(empty, 'peer', weights, { [english]: about(0.9) })
  const columns = {
    small: { [english]: 0.8, [chinese]: 0.25 },
    ...measuredColumns(before, ['small'], [english]),
  }
  expect(formatScores(columns).split('\n')).toEqual([
    '                               small    peer',
    'STS-B dev, English, Spearman  0.8000  0.9000',
    'STS-B dev, Chinese, Spearman  0.2500       –',
  ])
  const picture = drawScores(columns)
  expect(picture.split('\n').at(-1)).toBe('  small  ██████░░░░░░░░░░░░░░░░░░  0.250')
  expect(measuredColumns(before, ['peer'], [english])).toEqual({})
  expect(measuredColumns(before, [], [chinese])).toEqual({})
})

test('the file is written in order of names, and read again', () => {
  const path = join(temporaryFolder('quality'), 'quality.json')
  expect(readMeasured(path)).toEqual(empty)
  const measured = { MRR: { mean: 0.123456, low: 0.1, high: 0.2 } } as never
  const outcomes = [{ contender: 'small', measured, rankings: [] }]
  const comparison = { task: 'a task', outcomes, queries: 1, candidates: 1, judgements: [] }
  const file = withRanking(withScores(withScores(empty, 'b', weights, {}), 'a', weights, {}), {
    ...comparison,
    split: 'query',
  })
  writeQuality(path, file)
  expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')).models)).toEqual(['a', 'b'])
  expect(readMeasured(path).rankings['a task']).toEqual([
    { contender: 'small', measured: { MRR: { mean: 0.1235, low: 0.1, high: 0.2 } } },
  ])
})

test('every score says its languages, its task and its measure', () => {
  expect(scoreFacts().size).toBeGreaterThan(12)
  for (const [name, { languages, task, measure }] of scoreFacts())
    expect([name, /^(en|zh)-(en|zh)$/.test(languages), task !== '', measure !== '']).toEqual([
      name,
      true,
      true,
      true,
    ])
})

test('embedding asks for each text once, shows how far it is, and gives the rows of all texts', async () => {
  const manifest = manifestOf({ id: 'small', dimensions: 8 })
  const shown = vi.fn()
  const texts = Array.from({ length: 3000 }, (_, index) => `word${index % 1500}`)
  const engine = createWordEngine()
  const { rows, data } = await createEmbedder(engine, shown)(manifest, texts, '')
  expect(rows).toBe(3000)
  expect(data.slice(-8)).toEqual(data.slice(1499 * 8, 1500 * 8))
  expect(shown.mock.calls).toEqual([
    ['small', 1024, 1500],
    ['small', 1500, 1500],
  ])
})
