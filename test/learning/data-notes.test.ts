import { expect, test } from 'vitest'
import { type LearningLabel, placePairs } from '../../src/learning/catalogue.ts'
import { describeData } from '../../src/learning/data-notes.ts'
import { readPair } from '../../src/learning/pairs.ts'

const placeOf = (row: number) => `pairs.csv:${row + 2}`
const LABELS: readonly LearningLabel[] = [
  { id: '1', text: 'nurse' },
  { id: '2', text: 'chef' },
]
const notesOf = (rows: readonly Record<string, unknown>[], labels = LABELS) =>
  describeData(placePairs(rows.map(readPair), labels, placeOf))

const usual = Array.from({ length: 99 }, (_, row) => ({ query: `query ${row}`, positiveId: '1' }))

test('usual pairs and labels need no note', () => {
  const clicks = { query: 'a', positiveId: '2', source: 'click', position: 10 }
  expect(notesOf([...usual, { ...usual[0]!, weight: 100 }, clicks])).toEqual([])
  expect(notesOf([], LABELS)).toEqual([])
})

test('a weight of a million among ones is told with its share', () => {
  expect(notesOf([...usual, { query: 'x', positiveId: '2', weight: 1e6 }])).toEqual([
    '1 of 100 pairs weigh more than 100 times the middle weight of 1 (up to 1000000): they are 99.9 % of all that is learned from; correct "weight" if this is not meant.',
  ])
})

test('labels of equal texts are counted, case and width aside', () => {
  const labels = [...LABELS, { id: '3', text: 'Ｎurse' }, { id: '4', text: 'NURSE ' }]
  expect(notesOf(usual, labels)).toEqual([
    '2 of 4 labels have the text of another one, and are found or missed by chance; make one of them, or tell them apart in their texts.',
  ])
})

test('an answer that one pair calls right and another wrong is told', () => {
  const rows = [
    { query: 'ICU', positiveId: '1' },
    { query: 'icu', positiveId: '2', negatives: ['1'] },
  ]
  expect(notesOf(rows)).toEqual([
    '1 pairs call an answer wrong (negatives) that a pair of the same query calls right; look through them.',
  ])
})
