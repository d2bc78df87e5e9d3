import { expect, test } from 'vitest'
import { readNumber } from '../../../scripts/console/options.ts'
import { median, quantile } from '../../../scripts/console/statistics.ts'
import { AFTER_FIRST, formatTable } from '../../../scripts/console/table.ts'
import { openWritableStore } from '../../../scripts/console/writable-store.ts'

test('a table puts words to the left and numbers to the right, without spaces at the end of a line', () => {
  const rows = [
    ['name', 'count', ''],
    ['a longer one', '7', 'x'],
  ]
  expect(formatTable(rows).split('\n')).toEqual(['name          count', 'a longer one  7      x'])
  expect(formatTable(rows, AFTER_FIRST).split('\n')).toEqual([
    'name          count',
    'a longer one      7  x',
  ])
})

test('a number of an option is read within its bounds', () => {
  expect(readNumber('--texts', '2.5', { least: 0, most: 3 })).toBe(2.5)
  expect(readNumber('--runs', '1000000', { least: 1, whole: true })).toBe(1_000_000)
})

test.each([
  ['0', { least: 1, most: 2048 }, '--texts is "0"; expected a number from 1 to 2048.'],
  ['', { least: 0, most: 1 }, '--texts is ""; expected a number from 0 to 1.'],
  ['a', { least: 0 }, '--texts is "a"; expected a number of at least 0.'],
  ['0', { least: Number.MIN_VALUE }, '--texts is "0"; expected a number above 0.'],
  ['Infinity', { least: 0 }, '--texts is "Infinity"; expected a number of at least 0.'],
  ['1.5', { least: 1, whole: true }, '--texts is "1.5"; expected a whole number of at least 1.'],
])('the option --texts refuses %j with the bounds %j', (given, range, message) => {
  expect(() => readNumber('--texts', given, range)).toThrow(new TypeError(message))
})

test('a quantile is one of the values, by the nearest rank', () => {
  expect([0.5, 0.95, 1, 0].map((share) => quantile([4, 1, 3, 2], share))).toEqual([2, 4, 4, 1])
  expect(quantile([], 0.5)).toBeNaN()
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('only a place that can be written is opened for writing', () => {
  expect(openWritableStore('some/folder', {}).write).toBeInstanceOf(Function)
  expect(() => openWritableStore(undefined, {})).toThrow('No place to write to was named')
  expect(() => openWritableStore('hf:', {})).toThrow('hf: cannot be written; expected a directory or s3://')
})
