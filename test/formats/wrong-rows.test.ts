import { describe, expect, test } from 'vitest'
import { createWrongRows, MOST_NAMED_ROWS, nameRows } from '../../src/formats/wrong-rows.ts'

describe('rows that are named', () => {
  const said = Array.from({ length: 23 }, (_, row) => `row ${row}`)

  test('are all of few', () => {
    expect(nameRows(said.slice(0, MOST_NAMED_ROWS))).toEqual(said.slice(0, 20))
  })

  test('are the first of many, and the others are counted', () => {
    expect(nameRows(said)).toEqual([...said.slice(0, 20), '… and 3 more'])
  })

  test('may be the first that were kept of more, with where the others are', () => {
    expect(nameRows(said.slice(0, 2), 5002, '; see --json')).toEqual([
      'row 0',
      'row 1',
      '… and 5,000 more; see --json',
    ])
  })
})

test('a problem of many rows is said once, by its first row, with how many more have it', () => {
  const wrong = createWrongRows('pairs.csv')
  expect([wrong.count, wrong.tell()]).toEqual([0, []])
  wrong.add(2, 'query is missing.')
  wrong.add(3, 'weight is "-1".')
  for (let line = 4; line < 2004; line++) wrong.add(line, 'query is missing.')
  expect(wrong.count).toBe(2002)
  expect(wrong.tell()).toEqual([
    'pairs.csv:2: query is missing. (in 2,000 more, up to line 2003)',
    'pairs.csv:3: weight is "-1".',
  ])
})
