import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootstrapMean } from '../../src/learning/bootstrap.ts'
import { createRandom } from '../../src/learning/random.ts'

/** Draws the given numbers, one after the other, over and over. */
function fixedDraws(...numbers: number[]) {
  let at = 0
  return { below: () => numbers[at++ % numbers.length]! }
}

test('draws groups as wholes, and takes percentiles of the means', () => {
  // Groups a = [1, 2] and b = [6]. The samples {a, a}, {a, b}, {b, b} have the means 1.5, 3 and 6.
  const options = { samples: 3, level: 0.5 }
  expect(bootstrapMean([1, 6, 2], ['a', 'b', 'a'], fixedDraws(0, 0, 0, 1, 1, 1), options)).toEqual({
    mean: 3,
    low: 2.25,
    high: 4.5,
  })
})

test('has one value for values that are all equal', () => {
  expect(bootstrapMean([0.5, 0.5], [0, 1], createRandom(1))).toEqual({ mean: 0.5, low: 0.5, high: 0.5 })
})

test('is the same again for the same seed, holds the middle of the means, and narrows with more groups', () => {
  const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 40 })
  fc.assert(
    fc.property(values, fc.nat(), (list, seed) => {
      const groups = list.map((_, index) => index)
      const first = bootstrapMean(list, groups, createRandom(seed), { samples: 200 })
      expect(bootstrapMean(list, groups, createRandom(seed), { samples: 200 })).toEqual(first)
      expect(first.low).toBeLessThanOrEqual(first.high)
      expect(first.low >= Math.min(...list) - 1e-9 && first.high <= Math.max(...list) + 1e-9).toBe(true)
    }),
    { numRuns: 30 },
  )
  const width = (count: number) => {
    const list = Array.from({ length: count }, (_, index) => index % 2)
    const { low, high } = bootstrapMean(
      list,
      list.map((_, index) => index),
      createRandom(1),
    )
    return high - low
  }
  expect(width(400)).toBeLessThan(width(25))
})

test('covers the true mean about as often as it says', () => {
  const random = createRandom(3)
  let covered = 0
  for (let trial = 0; trial < 200; trial++) {
    const values = Array.from({ length: 60 }, () => random.next())
    const { low, high } = bootstrapMean(
      values,
      values.map((_, index) => index),
      random,
      { samples: 200 },
    )
    covered += low <= 0.5 && high >= 0.5 ? 1 : 0
  }
  expect(covered / 200).toBeGreaterThan(0.88)
})
