import { expect, test } from 'vitest'
import { createUsageBook, sumUsage } from '../../../src/models/engine/model-statistics.ts'

test('counts runs of 1 input, of 2, of 3 or 4, of 5 to 8, and all their inputs', () => {
  const book = createUsageBook()
  for (const inputs of [1, 2, 2, 3, 4, 5, 8, 9]) book.ran('small', inputs)
  expect(book.entries()[0]!.runs).toEqual({ inputs: 34, bySize: [1, 2, 2, 2, 1] })
})

test('adds up the runs of several engines', () => {
  const [one, other] = [createUsageBook(), createUsageBook()]
  one.ran('small', 1)
  other.ran('small', 16)
  other.ran('wide', 2)
  const runs = sumUsage([...one.entries(), ...other.entries()]).map((usage) => [usage.model, usage.runs])
  expect(runs).toEqual([
    ['small', { inputs: 17, bySize: [1, 0, 0, 0, 1] }],
    ['wide', { inputs: 2, bySize: [0, 1] }],
  ])
})

test('forgets no runs when a model leaves memory', () => {
  const book = createUsageBook()
  book.loaded('small', 100)
  book.ran('small', 1)
  book.released('small')
  expect(book.entries()).toMatchObject([{ loaded: false, evictions: 1, runs: { inputs: 1, bySize: [1] } }])
})
