import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawCosts } from '../../../scripts/cost/chart.ts'
import type { Measurement } from '../../../scripts/cost/lambda.ts'
import { questionOf, readOptions } from '../../../scripts/cost/options.ts'
import { PRICES } from '../../../scripts/cost/prices.ts'
import { describeModel, money, offersFor, table } from '../../../scripts/cost/report.ts'
import {
  apiRivals,
  breakEven,
  fargateRival,
  lambdaRival,
  managedRival,
} from '../../../scripts/cost/rivals.ts'
import { measurement, prices } from './examples.ts'

const root = join(import.meta.dirname, '../../..')
const measurements = JSON.parse(
  readFileSync(join(root, 'scripts/cost/measurements.json'), 'utf8'),
) as Measurement[]
const once = { textsPerRequest: 1, transfer: 0 }

/** A month has 730 × 3,600 = 2,628,000 s; at 1 text a second 2.628 million texts. */
test('what is paid by the text grows with the load', () => {
  expect(lambdaRival('Lambda', 10).monthlyAt(1)).toBeCloseTo(26.28, 10)
  // 50 tokens × 0.02 $ = 1 $ a million texts
  expect(apiRivals(prices, 50)[0]!.monthlyAt(10)).toBeCloseTo(26.28, 10)
})

test.each([
  // One task and the balancer: 730 × (0.04 + 2 × 0.005 + 0.05) = 73 $
  ['arm64', 0, 73],
  // 10 ms a text and 60 % busy: 60 texts a second a task
  ['arm64', 60, 73],
  ['arm64', 61, 730 * (2 * 0.05 + 0.05)],
  ['arm64', 600, 730 * (10 * 0.05 + 0.05)],
  // 730 × (0.08 + 2 × 0.01 + 0.05)
  ['x64', 0, 109.5],
] as const)('Fargate on %s takes %i texts a second for %f $ a month', (architecture, load, dollars) => {
  expect(fargateRival(prices, architecture, measurement, once).monthlyAt(load)).toBeCloseTo(dollars, 8)
})

test('what goes out is paid for from servers too', () => {
  const rival = fargateRival(prices, 'arm64', measurement, { textsPerRequest: 1, transfer: 2 })
  expect(rival.monthlyAt(1)).toBeCloseTo(73 + 2 * 2.628, 8)
})

test.each([
  // Three instances: 730 × 3 × 0.1 × 1.5 = 328.5 $, and 2.628 million requests × (1 + 2) $ for each text a second
  [0, 1, 328.5],
  [10, 1, 328.5 + 10 * 2.628 * 3],
  // Two processors take 120 texts a second: 361 need a fourth instance
  [361, 1, 730 * 4 * 0.1 * 1.5 + 361 * 2.628 * 3],
  // With 10 texts in a request, 40 ms each: 300 a second an instance
  [900, 10, 328.5 + (900 * 2.628 * 3) / 10],
])(
  'Managed Instances take %i texts a second, %i in a request, for %f $',
  (load, textsPerRequest, dollars) => {
    const rival = managedRival(prices, 'arm64', measurement, { textsPerRequest, transfer: 0 })
    expect(rival.monthlyAt(load)).toBeCloseTo(dollars, 6)
  },
)

test('a break-even is the load from which on the other is always cheaper', () => {
  const ours = lambdaRival('ours', 10)
  const flat = { name: 'flat', monthlyAt: () => 262.8 }
  // 26.28 $ for each text a second: 262.8 $ are reached at 10
  expect(breakEven(ours, flat)).toBeGreaterThanOrEqual(10)
  expect(breakEven(ours, flat)).toBeLessThan(10.07)
  expect(breakEven(ours, lambdaRival('dear', 11))).toBeUndefined()
  expect(breakEven(ours, lambdaRival('the same', 10))).toBeUndefined()
  expect(breakEven(ours, lambdaRival('cheap', 9))).toBe(0)
})

const question = questionOf(readOptions([]), PRICES)

test('the report of every measured model has each architecture, size and rival', () => {
  for (const measured of measurements) {
    const text = describeModel(measured, question)
    for (const part of ['arm64:', 'x64:', '1769 MB', '← cheapest', 'Fargate', 'Lambda Managed Instances']) {
      expect(text).toContain(part)
    }
    for (const { name } of PRICES.embeddingApis) expect(text).toContain(name)
  }
})

test('says so when no size is fast enough', () => {
  const slow = questionOf(readOptions(['--target', '1']), PRICES)
  const text = describeModel(measurements[1]!, slow)
  expect(text).toContain('No size answers 95 of 100 requests within 1 ms.')
  expect(offersFor(measurements[1]!, slow).every(({ rivals }) => rivals.length === 0)).toBe(true)
  expect(drawCosts([measurements[1]!], slow)).toContain('</svg>')
})

test('the committed chart is what npm run cost draws of the committed numbers', () => {
  const committed = readFileSync(join(root, 'scripts/cost/chart.svg'), 'utf8')
  expect(drawCosts(measurements, question)).toBe(committed)
})

test('prices are dated and each has a source', () => {
  expect(PRICES.date).toMatch(/^20\d\d-\d\d$/)
  const { sources, ...file } = JSON.parse(readFileSync(join(root, 'scripts/cost/prices.json'), 'utf8'))
  const groups = Object.keys(file).filter((key) => typeof file[key] === 'object')
  expect(groups.filter((group) => !String(sources[group]).startsWith('https://'))).toEqual([])
})

test.each([
  [['--texts', '0'], /--texts is "0"; expected a number from 1 to 2048/],
  [['--cold', ''], /--cold is ""/],
  [['--loads', '1,a'], /--loads is "a"/],
  [['--wrong'], /--wrong/],
])('refuses %j', (values, message) => {
  expect(() => readOptions(values)).toThrow(message)
})

test('money has the digits that matter, and columns line up', () => {
  expect([0, 0.00042, 0.056, 12.345, 1234.5].map(money)).toEqual(['0', '0.0004', '0.06', '12.35', '1,235'])
  expect(table(['a', 'b', 'c'], [['long', '1', 'x']]).split('\n')).toEqual([
    '  a     b  c',
    '  ────  ─  ─',
    '  long  1  x',
  ])
})
