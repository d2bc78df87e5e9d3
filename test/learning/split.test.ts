import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPair } from '../../src/learning/pairs.ts'
import { normalizeQuery, splitPairs } from '../../src/learning/split.ts'

const first = { below: () => 0 }

test('texts that differ in case, width, spaces and marks at the ends are one query', () => {
  for (const text of ['Data  Engineer', ' data engineer!', 'ｄａｔａ ｅｎｇｉｎｅｅｒ', '"DATA ENGINEER"'])
    expect(normalizeQuery(text)).toBe('data engineer')
  expect(['C++', '“C#”', 'C.', ' - '].map(normalizeQuery)).toEqual(['c++', 'c#', 'c', '-'])
})

test('no query is on both sides, and every pair is on one', () => {
  const query = fc.constantFrom('a', 'A', 'b', 'c', 'd', 'e', 'f', 'g', 'h ')
  fc.assert(
    fc.property(
      fc.array(query, { minLength: 1, maxLength: 60 }),
      fc.infiniteStream(fc.nat()),
      (queries, numbers) => {
        const pairs = queries.map((text) => readPair({ query: text, positive: 'x' }))
        const split = splitPairs(pairs, { below: (bound) => numbers.next().value % bound })
        const all = [...split.fit, ...split.validation].sort((one, other) => one - other)
        expect(all).toEqual([...pairs.keys()])
        const known = new Set(Array.from(split.fit, (place) => normalizeQuery(queries[place]!)))
        for (const place of split.validation) expect(known.has(normalizeQuery(queries[place]!))).toBe(false)
      },
    ),
  )
})

test('the latest fifth validates where every pair has a time', () => {
  const pairs = [5, 1, 4, 2, 3].map((day) =>
    readPair({ query: `q${day}`, positive: 'x', time: `2026-11-0${day}T00:00:00Z` }),
  )
  const split = splitPairs(pairs, first)
  expect([split.by, [...split.validation], [...split.fit]]).toEqual(['time', [0], [1, 3, 4, 2]])
  const mixed = [...pairs, readPair({ query: 'without', positive: 'x' })]
  expect(splitPairs(mixed, first).by).toBe('query')
})

test('of the fewest queries that are enough, as many validate as a decision asks for', () => {
  const validatingOf = (count: number) =>
    splitPairs(
      Array.from({ length: count }, (_, number) => readPair({ query: `q${number}`, positive: 'x' })),
      first,
    ).validation.length
  expect([199, 200, 250, 400].map(validatingOf)).toEqual([40, 50, 50, 80])
})
