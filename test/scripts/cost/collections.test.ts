import { expect, test } from 'vitest'
import {
  COLLECTION_QUERIES,
  collectionCosts,
  describeCollections,
} from '../../../scripts/cost/collections.ts'
import prices from '../../../src/prices.json' with { type: 'json' }
import { readText } from '../../support/markdown.ts'

/** Cells of the one table whose first line has this text. */
function tableOf(page: string, header: string): string[][] {
  const lines = readText(page).split('\n')
  const start = lines.findIndex((line) => line.startsWith('|') && line.includes(header))
  const rows = lines.slice(start + 2)
  return rows.slice(0, rows.indexOf('')).map((line) => line.slice(2, -2).split(' | '))
}

test.each([
  ['docs/collections.md', 'dollars a month'],
  ['docs/collections.zh-CN.md', '每月美元'],
])('%s says what collections cost as the prices give it', (page, header) => {
  const reckoned = describeCollections(prices, COLLECTION_QUERIES)
  const table = tableOf(page, header)
  expect(table.map(([, ...cells]) => cells)).toEqual(reckoned.map(([, ...cells]) => cells))
  if (page === 'docs/collections.md') expect(table).toEqual(reckoned)
})

test('dollars follow the prices by hand', () => {
  const [lambda, , aurora, s3Vectors] = collectionCosts(prices, 1e6, 100_000)
  // One capacity unit at $0.12 for 730 hours, and 3.192 GB at $0.10.
  expect(aurora!.dollars).toBeCloseTo(730 * 0.12 + 0.3192, 6)
  // 1.252 GB stored and put, 100,000 searches, 12.52 TB of the first 100,000 rows and 112.68 TB of the others.
  expect(s3Vectors!.dollars).toBeCloseTo(1.252 * 0.26 + 0.25 + 12.52 * 0.004 + 112.68 * 0.002, 6)
  // 1769 MB for 3 ms, 42.7 ms of search and 1 % of 5.85 s; requests twice; storage.
  const seconds = 100_000 * (0.003 + 256e6 / 6e9 + 0.01 * (468e6 / 80e6))
  expect(lambda!.dollars).toBeCloseTo(seconds * (1769 / 1024) * 0.0000133334 + 0.1 * 1.2 + 0.468 * 0.023, 6)
})

test('more rows never cost less, and those that no function holds are said to', () => {
  const costs = [1e5, 1e6, 1e7, 1e8].map((rows) => collectionCosts(prices, rows, 100_000))
  for (const [engine, first] of costs[0]!.entries()) {
    const dollars = costs.map((row) => row[engine]!.dollars ?? Number.POSITIVE_INFINITY)
    expect([first.engine, dollars]).toEqual([first.engine, dollars.toSorted((one, other) => one - other)])
  }
  expect(costs[3]![0]!.dollars).toBeUndefined()
  expect(describeCollections(prices, 1)[0]![3]).toBe('does not fit')
})
