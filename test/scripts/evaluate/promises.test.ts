import { expect, test } from 'vitest'
import { formatPromises } from '../../../scripts/evaluate/promises.ts'

test('a promise is kept from its least value on, and broken below it', () => {
  const printed = formatPromises([
    { name: 'titles', measured: 0.85, least: 0.85 },
    { name: 'sentences', measured: 0.7899, least: 0.79 },
  ])
  expect(printed.split('\n').slice(1)).toEqual([
    'kept      0.8500    0.8500  titles',
    'BROKEN    0.7899    0.7900  sentences',
  ])
})
