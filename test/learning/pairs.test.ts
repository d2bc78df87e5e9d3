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
