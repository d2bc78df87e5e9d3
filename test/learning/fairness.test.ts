import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GroupedPlaces, reportFairness } from '../../src/learning/fairness.ts'
import { createRandom } from '../../src/learning/random.ts'
import { nameQueries, withName } from '../../src/learning/swapped-names.ts'

/** Groups of `size` queries each, of which a share is found in the first ten before and after. */
function placesOf(
  groups: Readonly<Record<string, [size: number, before: number, after: number]>>,
): GroupedPlaces {
  const rows = Object.entries(groups).flatMap(([group, [size, before, after]]) =>
    Array.from({ length: size }, (_, index) => ({
      group,
      before: index < before * size ? 10 : 11,
      after: index < after * size ? 1 : 40,
    })),
  )
  return {
    kind: 'group',
    groups: rows.map(({ group }) => group),
    sources: [...rows.keys()],
    before: rows.map((row) => row.before),
    after: rows.map((row) => row.after),
  }
}

const report = (places: GroupedPlaces) => reportFairness(places, createRandom(1).below)

test('rates are shares of queries whose own label is among the first ten, the largest group first', () => {
  expect(report(placesOf({ a: [40, 0.5, 0.75], b: [50, 0.4, 0.6], c: [29, 0, 0] }))).toMatchObject({
    kind: 'group',
    groups: [
      { group: 'b', queries: 50, before: 0.4, after: 0.6 },
      { group: 'a', queries: 40, before: 0.5, after: 0.75 },
    ],
    smallGroups: 1,
    before: expect.closeTo(0.8, 12),
    after: expect.closeTo(0.8, 12),
    isDrop: false,
  })
})

test.each<[string, [number, number, number], [number, number, number], boolean]>([
  ['a proven drop above four fifths', [2000, 0.5, 0.6], [2000, 0.5, 0.5], true],
  ['a drop that may be luck, above four fifths', [50, 0.5, 0.6], [50, 0.5, 0.56], false],
  ['a drop that ends below four fifths', [50, 0.5, 0.6], [50, 0.42, 0.46], true],
  ['a drop of less than 0.01', [2000, 0.5, 0.6], [2000, 0.3, 0.358], false],
  ['a ratio that grows from below four fifths', [50, 0.8, 0.8], [50, 0.4, 0.5], false],
  ['nobody found, before and after', [50, 0, 0], [50, 0, 0], false],
])('%s', (_, one, other, isDrop) => {
  expect(report(placesOf({ one, other }))!.isDrop).toBe(isDrop)
})

test('one group, or groups of few queries, have no ratio', () => {
  expect(report(placesOf({ a: [100, 0.5, 0.5], b: [29, 0.5, 0.1] }))).toBeUndefined()
  const { groups, ...places } = placesOf({ a: [100, 0.5, 0.5] })
  expect(report({ ...places, groups: groups.map(() => undefined) })).toBeUndefined()
})

test('the interval holds the change, and the order of queries does not matter to rates', () => {
  const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10)
  const group = fc.tuple(fc.integer({ min: 30, max: 60 }), share, share)
  fc.assert(
    fc.property(group, group, (one, other) => {
      const { before, after, change } = report(placesOf({ one, other }))!
      expect(change.mean).toBeCloseTo(after - before, 12)
      expect(change.low).toBeLessThanOrEqual(change.high)
      for (const ratio of [before, after]) {
        expect(ratio).toBeGreaterThanOrEqual(0)
        expect(ratio).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 20 },
  )
})

test('queries of one source are one piece of evidence', () => {
  const places = placesOf({ a: [300, 0.5, 0.6], b: [300, 0.5, 0.55] })
  const width = (some: GroupedPlaces) => {
    const { low, high } = report(some)!.change
    return high - low
  }
  const sources = places.groups.map((_, row) => Math.floor(row / 10))
  expect(width({ ...places, sources })).toBeGreaterThan(width(places))
})

test('each query stands under one name of every group, Chinese and English', () => {
  const { texts, groups, sources } = nameQueries(['ICU nurse', '护士 {name}'])
  expect(texts).toHaveLength(12)
  expect([texts[0], texts[5], texts[6], texts[11]]).toEqual([
    'Emily Walsh\nICU nurse',
    '王伟\nICU nurse',
    '护士 Anne Baker',
    '护士 李强',
  ])
  expect(groups.slice(0, 6)).toEqual(groups.slice(6))
  expect(new Set(groups).size).toBe(6)
  expect([...sources]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  expect(withName('nurse', 'A')).toBe('A\nnurse')
})

test('of many queries every so many-th is named', () => {
  const { sources } = nameQueries(Array.from({ length: 500 }, (_, place) => `q${place}`))
  expect(sources).toHaveLength(1200)
  expect([...sources.slice(0, 13)]).toEqual([0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 5])
})
