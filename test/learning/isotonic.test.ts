import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitIsotonic } from '../../src/learning/isotonic.ts'
import { calibrate } from '../../src/ranking/calibration.ts'

const score = fc.integer({ min: -50, max: 50 }).map((value) => value / 50)
const pairs = fc.array(fc.tuple(score, fc.constantFrom(0, 1)), { minLength: 1, maxLength: 400 })

const fitTo = (some: readonly (readonly [number, number])[]) =>
  fitIsotonic(
    some.map(([value]) => value),
    some.map(([, label]) => label),
  )

test('whatever the labels are, the higher score never has the lower chance', () => {
  fc.assert(
    fc.property(pairs, score, score, (some, one, other) => {
      const curve = fitTo(some)
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      expect(calibrate(high, curve)).toBeGreaterThanOrEqual(calibrate(low, curve))
    }),
  )
})

test('points rise in score and chance, are at most 64, and never claim certainty', () => {
  fc.assert(
    fc.property(pairs, (some) => {
      const { points } = fitTo(some)
      expect(points.length).toBeLessThanOrEqual(64)
      points.forEach(([value, chance], place) => {
        expect(chance).toBeGreaterThan(0)
        expect(chance).toBeLessThan(1)
        if (place === 0) return
        expect(value).toBeGreaterThan(points[place - 1]![0])
        expect(chance).toBeGreaterThanOrEqual(points[place - 1]![1])
      })
    }),
  )
})

test('neighbours that would fall are one point, at the mean of their scores and labels', () => {
  const { points } = fitTo([
    [0.1, 0],
    [0.2, 1],
    [0.3, 0],
    [0.4, 1],
  ])
  expect(points).toEqual([
    [0.1, expect.closeTo(1 / 6, 12)],
    [0.25, expect.closeTo(0.5, 12)],
    [0.4, expect.closeTo(5 / 6, 12)],
  ])
})

test('equal scores have one chance, in whatever order they came', () => {
  const curves = [
    [0, 1, 1],
    [1, 1, 0],
    [1, 0, 1],
  ].map((labels) => fitIsotonic([0.5, 0.5, 0.5], labels))
  for (const { points } of curves) expect(points).toEqual([[0.5, expect.closeTo(2 / 3, 12)]])
})

test('a curve of many levels is thinned and stays near them', () => {
  // Each of 200 levels 200 times, as many of them with label 1 as the level says.
  const levels = Array.from({ length: 200 }, (_, level) => level)
  const some = levels.flatMap((level) =>
    Array.from({ length: 200 }, (_, copy) => [level / 200, copy < level ? 1 : 0] as const),
  )
  const curve = fitTo(some)
  expect(curve.points.length).toBeLessThanOrEqual(64)
  for (const value of [0.1, 0.5, 0.9]) expect(calibrate(value, curve)).toBeCloseTo(value, 2)
})
