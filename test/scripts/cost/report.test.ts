import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { breakEven, containersOf } from '../../../scripts/cost/break-even.ts'
import type { Measurement } from '../../../scripts/cost/lambda.ts'
import { describeModel, money } from '../../../scripts/cost/report.ts'
import published from '../../../src/prices.json' with { type: 'json' }
import { measurement, prices } from './examples.ts'

const root = join(import.meta.dirname, '../../..')
const measurements = JSON.parse(
  readFileSync(join(root, 'scripts/cost/measurements.json'), 'utf8'),
) as Measurement[]
const usage = { textsPerRequest: 1, coldShare: 0.01, temporaryMegabytes: 512 }

test.each([
  // 730 h × (0.04 + 2 × 0.005) and 730 × 0.05; 10 ms a text, 60 % busy: 60 texts a second
  ['arm64', 1, { each: 36.5, shared: 36.5, capacity: 60 }],
  // 730 h × (0.08 + 2 × 0.01); ten texts in 40 ms: 0.6 × 250
  ['x64', 10, { each: 73, shared: 36.5, capacity: 150 }],
] as const)(
  'a container on %s with %i texts in a request costs and carries %j',
  (architecture, texts, expected) => {
    const containers = containersOf(prices, architecture, measurement, texts)
    for (const [name, value] of Object.entries(expected))
      expect([name, containers[name as keyof typeof expected]]).toEqual([name, expect.closeTo(value, 9)])
  },
)

/** A month has 730 × 3,600 s: 2.628 million texts at one a second. */
test.each([
  // 26.28 $ for each text a second: 73 $ at 2.78, which one container carries
  [10, 73 / 26.28],
  // 1.3140 $: one container carries 60, worth 78.84 $, at 73 / 1.314 = 55.6; but two cost 109.5 $, three 146 $, and
  // 36.5 $ more carry 78.84 $ more: Lambda is cheaper again only from 60 to 109.5 / 1.314 = 83.3
  [0.5, 109.5 / 1.314],
])(
  'where Lambda costs %f $ a million more, containers are cheaper from %f texts a second on',
  (saved, load) => {
    expect(breakEven({ each: 36.5, shared: 36.5, capacity: 60 }, saved)).toBeCloseTo(load, 9)
  },
)

test('containers that cost more for each text than Lambda are never cheaper', () => {
  // 36.5 $ / 60 = 0.608 $ for each text a second, and Lambda 0.2 × 2.628 = 0.526
  expect(breakEven({ each: 36.5, shared: 36.5, capacity: 60 }, 0.2)).toBeUndefined()
})

test('from the break-even on containers are cheaper at every load, and just below it they are not', () => {
  const amount = fc.double({ min: 0.5, max: 200, noNaN: true })
  fc.assert(
    fc.property(amount, amount, amount, amount, fc.double({ min: 0, max: 5, noNaN: true }), (...numbers) => {
      const [each, shared, capacity, saved, beyond] = numbers
      const load = breakEven({ each, shared, capacity }, saved)
      fc.pre(load !== undefined && load < 1000 * capacity)
      const difference = (at: number) =>
        Math.ceil(at / capacity) * each + shared - at * saved * ((730 * 3600) / 1e6)
      expect(difference(load! * (1 + 1e-12) + beyond * capacity)).toBeLessThan(1e-6 * (each + shared))
      expect(difference(load! * (1 - 1e-12))).toBeGreaterThan(-1e-6 * (each + shared))
    }),
  )
})

test('the report of every measured model has each architecture, size and rival', () => {
  const { source: _, ...apis } = published.embeddingApis
  for (const measured of measurements) {
    const text = describeModel(measured, { prices: published, usage, targetMs: 100 })
    for (const part of ['arm64:', 'x64:', '1769 MB', 'cheapest', 'storage', 'network', 'always on'])
      expect(text).toContain(part)
    for (const name of Object.keys(apis)) expect(text).toContain(`${name}: $`)
  }
})

test('a model that no size answers with in time is said to be too slow', () => {
  const text = describeModel(measurements[1]!, { prices: published, usage, targetMs: 1 })
  expect(text).toContain('No size answers 95 of 100 requests within 1 ms.')
  expect(text).not.toContain('cheapest')
})

test('prices are dated and each has a source', () => {
  expect(published.date).toMatch(/^20\d\d-\d\d$/)
  const groups = Object.values(published).filter((group) => typeof group === 'object')
  expect(groups.length).toBe(10)
  for (const { source } of groups) expect(source).toMatch(/^https:\/\//)
})

test('money has the digits that matter', () => {
  expect([0, 0.00042, 0.056, 12.345, 1234.5].map(money)).toEqual(['0', '0.0004', '0.06', '12.35', '1,235'])
})
