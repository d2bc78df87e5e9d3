import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRandom } from '../../src/learning/random.ts'
import { learnWeights, type SubScores } from '../../src/learning/sub-score-weights.ts'

/** Queries of 20 candidates; each measure tells the right one by so much, in standard deviations of its noise. */
function queriesOf(count: number, strengths: readonly number[], seed = 1): SubScores[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => {
    const own = random.below(20)
    return {
      own,
      scores: strengths.map((strength) =>
        Float64Array.from(
          { length: 20 },
          (_, candidate) => 0.3 + 0.1 * (random.normal() + (candidate === own ? strength : 0)),
        ),
      ),
    }
  })
}

test('a measure that tells nothing gets little weight, and learned weights are used', () => {
  const { weights, isLearned, alone, equal, gain } = learnWeights(queriesOf(400, [2, 0, 0]), createRandom(2))
  expect(isLearned).toBe(true)
  expect(weights[0]).toBeGreaterThan(0.7)
  expect(gain.low).toBeGreaterThan(0)
  expect(alone[0]).toBeGreaterThan(equal)
  expect(alone[1]).toBeLessThan(equal)
})

test.each([
  ['measures that tell as much', [1.5, 1.5, 1.5], 400],
  ['few queries', [1.6, 1.2], 20],
  ['measures that tell nothing', [0, 0], 300],
])('equal weights stay for %s', (_, strengths, count) => {
  const { weights, isLearned, gain } = learnWeights(queriesOf(count, strengths), createRandom(2))
  expect(gain.low).toBeLessThanOrEqual(0)
  expect(isLearned).toBe(false)
  expect(weights).toEqual(strengths.map(() => 1 / strengths.length))
})

test('weights are at least 0 and 1 in sum, whatever the scores are', () => {
  const score = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constant(Number.NaN))
  const query = (measures: number) =>
    fc.record({
      scores: fc.array(fc.array(score, { minLength: 4, maxLength: 4 }), {
        minLength: measures,
        maxLength: measures,
      }),
      own: fc.nat({ max: 3 }),
    })
  const queries = fc
    .integer({ min: 1, max: 4 })
    .chain((measures) => fc.array(query(measures), { minLength: 2, maxLength: 8 }))
  fc.assert(
    fc.property(queries, (some) => {
      const { weights, learned, isLearned, gain } = learnWeights(some, createRandom(1))
      expect(isLearned).toBe(gain.low > 0)
      for (const list of [weights, learned]) {
        expect(list.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9)
        for (const weight of list) expect(weight).toBeGreaterThanOrEqual(0)
      }
    }),
    { numRuns: 50 },
  )
})

test('a section that a candidate lacks counts as 0, as in a match', () => {
  const scores = [Float64Array.of(0.4, Number.NaN), Float64Array.of(Number.NaN, 0.6)]
  const right = learnWeights(
    [
      { scores, own: 1 },
      { scores, own: 1 },
    ],
    createRandom(1),
  )
  expect(right.equal).toBe(1)
  expect(right.alone).toEqual([1 / 2, 1])
})

test('equal scores say nothing about the place: the right one stands in the middle of them', () => {
  const flat = { scores: [Float64Array.of(0.5, 0.5, 0.5)], own: 2 }
  expect(learnWeights([flat, flat], createRandom(1)).equal).toBe(0.5)
})
