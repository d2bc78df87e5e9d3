import fc from 'fast-check'
import { expect, test } from 'vitest'
import { didYouMean, nearestNames } from '../src/nearest.ts'

test.each([
  ['inputs', ['input', 'model', 'dimensions'], ['input']],
  ['dimension', ['input', 'dimensions', 'encoding'], ['dimensions']],
  ['MiniLM', ['all-MiniLM-L6-v2', 'all-MiniLM-L12-v2', 'bge-m3'], ['all-MiniLM-L6-v2', 'all-MiniLM-L12-v2']],
  ['zzz', ['input', 'model'], []],
  ['modle', ['out', 'model', 'queue'], ['model']],
])('takes %s for what was meant', (misspelled, names, expected) => {
  expect(nearestNames(misspelled, names)).toEqual(expected)
})

test('asks about nothing when nothing is near', () => {
  expect(didYouMean('zzz', ['input'])).toBe('')
  expect(didYouMean('inpt', ['input', 'inputs'])).toBe('; did you mean "input" or "inputs"?')
})

test('always suggests the name itself first', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1 }), (names) => {
      const [nearest] = nearestNames(names[0]!, names)
      expect(nearest!.toLowerCase()).toBe(names[0]!.toLowerCase())
    }),
  )
})
