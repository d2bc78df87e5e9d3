import { expect, test } from 'vitest'
import { readPair } from '../../src/learning/pairs.ts'

test('a row of a few fields is a labelled pair of weight 1', () => {
  expect(readPair({ query: '护士', positive: 'nurse' })).toEqual({
    query: '护士',
    positive: { text: 'nurse' },
    negatives: [],
    skipped: [],
    group: undefined,
    weight: 1,
    source: 'label',
    time: undefined,
  })
  expect(readPair({ query: 'a', positiveId: 'o1' }).positive).toEqual({ id: 'o1' })
})

test('numbers and lists are read as a CSV file has them', () => {
  const pair = readPair({
    query: 'a',
    positive: 'b',
    positiveId: '',
    weight: '2.5',
    negatives: '["c","d"]',
    time: '2026-11-28T09:00:00Z',
    group: 'Berlin',
    source: 'hire',
  })
  expect([pair.weight, pair.negatives, pair.time, pair.group, pair.source]).toEqual([
    2.5,
    ['c', 'd'],
    Date.UTC(2026, 10, 28, 9),
    'Berlin',
    'hire',
  ])
})

test('ids and groups may be numbers, and an empty cell is no source', () => {
  const pair = readPair({ query: 'a', positiveId: 17, group: 3, source: '', negatives: [4, 'x'] })
  expect(pair).toMatchObject({
    positive: { id: '17' },
    group: '3',
    source: 'label',
    negatives: ['4', 'x'],
  })
})

test.each([
  [{ positive: 'b' }, 'query is missing or blank'],
  [{ query: '  ', positive: 'b' }, 'query is missing or blank'],
  [{ query: 'a' }, 'expected exactly one of the two'],
  [{ query: 'a', positive: 'b', positiveId: 'c' }, 'expected exactly one of the two'],
  [{ query: 'a', positive: 3 }, 'positive is 3; expected a text'],
  [{ query: 'a', positive: 'b', weight: 'much' }, 'weight is "much"; expected a number'],
  [{ query: 'a', positive: 'b', weight: 0 }, 'weight is 0'],
  [{ query: 'a', positive: 'b', source: 'like' }, 'expected one of label, hire, interview, click'],
  [{ query: 'a', positive: 'b', negatives: 'c' }, 'negatives is no list of texts'],
  [{ query: 'a', positive: 'b', negatives: '[1.5]' }, 'negatives is no list of texts'],
  [{ query: 'a', positive: 'b', negatives: '[' }, 'negatives is no list of texts'],
  [{ query: 'a', positive: 'b', time: 'yesterday' }, 'expected a time of ISO 8601'],
  [{ query: 'a', positive: 'b', label: 'x' }, 'label is not a field of a pair'],
])('refuses %j with its field', (row, message) => {
  expect(() => readPair(row)).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(message) }),
  )
})

test.each([
  '2026-11',
  '2026-11-28',
  '2026-11-28 09:00:00',
  '2026-11-28T09:00Z',
  '2024-02-29T09:00:00.5+08:00',
])('the time %s is one of ISO 8601', (time) => {
  expect(readPair({ query: 'a', positive: 'b', time }).time).toBe(Date.parse(time))
})

test.each([
  '03/04/2025',
  'Jan 5 2025',
  '45678',
  '2025',
  '2025-02-30',
  '2023-02-29',
  '2025-13-01',
  'yesterday',
])('the time %s is another day elsewhere, or none, and is refused', (time) => {
  expect(() => readPair({ query: 'a', positive: 'b', time })).toThrow('expected a time of ISO 8601')
})

test('whole numbers of Parquet are numbers, and wrong ones are shown', () => {
  expect(readPair({ query: 'a', positive: 'b', weight: 2n }).weight).toBe(2)
  expect(() => readPair({ query: 3n, positive: 'b' })).toThrow('query is 3; expected a text')
})
