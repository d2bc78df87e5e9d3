import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  atSpeed,
  cheapest,
  costOf,
  MEMORY_SIZES,
  requestMs,
  sizesOf,
  speedAt,
} from '../../../scripts/cost/lambda.ts'
import { measurement, prices } from './examples.ts'

const usage = { textsPerRequest: 1, coldShare: 0, temporaryMegabytes: 512 }

test.each([
  [1769, 0.5, 1],
  [884.5, 0.5, 0.5],
  [884.5, 0, 0.5],
  [3538, 1, 2],
  [3538, 0, 1],
  // 1 / (0.5 + 0.5 / 2) = 1.3333
  [3538, 0.5, 4 / 3],
  // 1 / (0.2 + 0.8 / 4) = 2.5
  [7076, 0.8, 2.5],
])('with %i MB and a parallel share of %f a function is %f times as fast', (megabytes, parallel, speed) => {
  expect(speedAt(megabytes, parallel)).toBeCloseTo(speed, 10)
})

test('more memory is never slower', () => {
  const size = fc.double({ min: 128, max: 10_240, noNaN: true })
  fc.assert(
    fc.property(size, size, fc.double({ min: 0, max: 1, noNaN: true }), (first, second, parallel) => {
      const [less, more] = [Math.min(first, second), Math.max(first, second)]
      expect(speedAt(more, parallel)).toBeGreaterThanOrEqual(speedAt(less, parallel) - 1e-12)
    }),
  )
})

/**
 * By hand, at 1 $ for each million requests, 0.001 $ for a GB-second on arm64 and 0.002 on x64, 1 GB of memory:
 * a request takes 10 ms on one processor, and with 1024 MB 10 / (1024 / 1769) = 17.28, billed as 18.
 */
test.each([
  // 1,000,000 × 0.018 s × 1 GB × 0.001 $ = 18 $; 1,000,000 requests × (1 + 2) $
  ['arm64', usage, { compute: 18, requests: 3 }],
  ['x64', usage, { compute: 36, requests: 3 }],
  // 10 texts take 10 × 4 = 40 ms, 69.1 at this size, billed as 70: 100,000 × 0.07 s × 0.001 $ = 7 $
  ['arm64', { ...usage, textsPerRequest: 10 }, { compute: 7, requests: 0.3 }],
  // 1 % of them wait 100 ms, 172.75 here, billed as 173: 10,000 × 0.173 s × 0.001 $ = 1.73 $ more
  ['arm64', { ...usage, coldShare: 0.01 }, { compute: 19.73, requests: 3 }],
  // 1 GB of /tmp beyond the free one, 0.0001 $ a GB-second: 18,000 s × 1 × 0.0001 $ = 1.8 $
  ['arm64', { ...usage, temporaryMegabytes: 1536 }, { compute: 18, storage: 1.8 }],
] as const)('a million texts on %s with %j cost %j', (architecture, how, expected) => {
  const cost = costOf(prices, architecture, 1024, measurement, how)
  for (const [part, dollars] of Object.entries(expected)) {
    expect([part, cost[part as keyof typeof cost]]).toEqual([part, expect.closeTo(dollars, 9)])
  }
  // 100 numbers × 12 bytes × 1,000,000 = 1.2 GB × 0.5 $
  expect(cost.network).toBeCloseTo(0.6, 10)
  const requests = 1_000_000 / how.textsPerRequest
  // 1,400 bytes a request × 2 $ a GB
  expect(cost.logs).toBeCloseTo((requests * 1400 * 2) / 1e9, 10)
  const { total, ...parts } = cost
  expect(total).toBeCloseTo(
    Object.values(parts).reduce((sum, part) => sum + part, 0),
    10,
  )
})

test('a machine twice as fast takes half the time and the same memory', () => {
  expect(atSpeed(measurement, 2)).toEqual({
    ...measurement,
    coldMs: 50,
    one: { p50: 5, p95: 10 },
    eachOfMany: 2,
  })
})

test('a request of many texts takes no less than one of one', () => {
  expect(requestMs(measurement, 1)).toBe(10)
  expect(requestMs(measurement, 2)).toBe(10)
  expect(requestMs(measurement, 10)).toBe(40)
})

test('a model fits where 15 % of the memory stays free', () => {
  const sizes = sizesOf(prices, 'arm64', measurement, usage)
  expect(sizes.map(({ megabytes }) => megabytes)).toEqual(MEMORY_SIZES.filter((size) => size >= 230))
})

test('the cheapest size is the one that costs least among those that are fast enough', () => {
  const sizes = sizesOf(prices, 'arm64', measurement, usage)
  // p95 is 20 ms on one processor: 256 MB take 138 ms, 384 MB take 92.
  expect(sizes[0]).toMatchObject({ megabytes: 256, p95Ms: expect.closeTo(138.2, 1) })
  const fastEnough = sizes.filter(({ p95Ms }) => p95Ms <= 100)
  expect(cheapest(sizes, 100)).toBe(
    [...fastEnough].sort((first, second) => first.cost.total - second.cost.total)[0],
  )
  expect(cheapest(sizes, 1)).toBeUndefined()
})

test('where more than one request in twenty is cold, the 95th percentile is a cold start', () => {
  const p95At = (coldShare: number) =>
    sizesOf(prices, 'arm64', measurement, { ...usage, coldShare }).find(
      ({ megabytes }) => megabytes === 1769,
    )!.p95Ms
  expect([p95At(0.05), p95At(0.06)]).toEqual([20, 100])
})
