import { expect, test } from 'vitest'
import { drawReport } from '../../src/learning/report-picture.ts'

const interval = (mean: number) => ({ mean, low: mean - 0.02, high: mean + 0.02 })
const measures = (mean: number) => ({ mrr: interval(mean), recall10: interval(mean + 0.2) })
const line = (mean: number) => ({ micro: measures(mean), macro: measures(mean - 0.05) })
const report = {
  base: { id: 'jobs-static-2' },
  split: { validationQueries: 400 },
  lines: { base: line(0.36), learned: line(0.43), popularity: line(0.42), permuted: line(0.1) },
  guards: [{ name: 'a<b>.csv', measure: 'Spearman', base: 0.84, learned: 0.83 }],
  decision: { ships: true },
}

test('a picture has a bar with a whisker for each line and measure, and the guards', () => {
  const picture = drawReport(report)
  expect(picture.match(/<title>/g)).toHaveLength(4 * 4 + 2)
  expect(picture.match(/<path /g)).toHaveLength(4 * 4)
  expect(picture).toContain('Learned on jobs-static-2: better, on 400 held back queries')
  expect(picture).toContain('Spearman of a&lt;b&gt;.csv')
})

test('a report of another shape draws what it has, and nothing that runs', () => {
  const strange = {
    base: { id: '<script>' },
    lines: { base: { micro: { mrr: { mean: 'x' } } } },
    guards: [1, null],
  }
  const picture = drawReport(strange)
  expect(picture).toContain('&lt;script&gt;')
  expect(picture).not.toContain('<title>')
  expect(drawReport({})).toMatch(/^<svg /)
})
