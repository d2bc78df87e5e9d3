import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitCalibration } from '../../src/learning/sigmoid.ts'
import { bandOf, calibrate, calibrateTexts, curveFor } from '../../src/ranking/calibration.ts'

test('the midpoint is a chance of one half', () => {
  expect(calibrate(0.4, { midpoint: 0.4, slope: 9 })).toBe(0.5)
})

test.each([
  [0, 'very low'],
  [0.2, 'low'],
  [0.59, 'medium'],
  [0.6, 'high'],
  [1, 'very high'],
])('a chance of %d is %s', (chance, band) => {
  expect(bandOf(chance)).toBe(band)
})

test('finds the curve that made the labels', () => {
  const scores = Array.from({ length: 200 }, (_, index) => index / 200)
  const made = { midpoint: 0.45, slope: 12 }
  // Each score stands once with each label, in the proportion of its chance, so that no luck is involved.
  const repeated = scores.flatMap((score) => {
    const fits = Math.round(400 * calibrate(score, made))
    return Array.from({ length: 400 }, (_, copy) => [score, copy < fits ? 1 : 0] as const)
  })
  const fitted = fitCalibration(
    repeated.map(([score]) => score),
    repeated.map(([, label]) => label),
  )
  expect(fitted.midpoint).toBeCloseTo(made.midpoint, 2)
  expect(Math.abs(fitted.slope - made.slope)).toBeLessThan(0.3)
})

test('stays finite when a score tells the classes apart', () => {
  const { midpoint, slope } = fitCalibration([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
  expect(Number.isFinite(slope) && slope > 0).toBe(true)
  expect(midpoint).toBeGreaterThan(0.2)
  expect(midpoint).toBeLessThan(0.8)
})

test('never changes the order of two scores', () => {
  const score = fc.double({ min: -1, max: 1, noNaN: true })
  fc.assert(
    fc.property(score, score, (first, second) => {
      const curve = { midpoint: 0.3, slope: 10 }
      expect(
        Math.sign(calibrate(first, curve) - calibrate(second, curve)) * Math.sign(first - second),
      ).toBeGreaterThanOrEqual(0)
    }),
  )
})

test('a chance goes by the languages of both texts where they were measured, and else by the curve of all', () => {
  const across = { midpoint: 0.3, slope: 10 }
  const calibration = { midpoint: 0.5, slope: 10, pairs: { 'en-zh': across } }
  expect(curveFor(calibration, 'zh', 'en')).toBe(across)
  expect(curveFor(calibration, 'en', 'zh')).toBe(across)
  expect(curveFor(calibration, 'en', 'en')).toBe(calibration)
  expect(curveFor(calibration, undefined, 'zh')).toBe(calibration)
  expect(curveFor({ midpoint: 0.5, slope: 10 }, 'zh', 'en')).toEqual({ midpoint: 0.5, slope: 10 })
  expect([...calibrateTexts(Float64Array.of(0.5, 0.3), calibration, 'zh', [undefined, 'en'])]).toEqual([
    0.5, 0.5,
  ])
})

test('a curve of points goes in proportion between them, and beyond them as at the last', () => {
  const points = [
    [0.2, 0.1],
    [0.4, 0.5],
    [0.8, 0.9],
  ] as const
  for (const [score, chance] of [
    [-1, 0.1],
    [0.2, 0.1],
    [0.3, 0.3],
    [0.4, 0.5],
    [0.6, 0.7],
    [1, 0.9],
  ] as const)
    expect(calibrate(score, { points })).toBeCloseTo(chance, 12)
  expect(calibrate(0.3, { points: [[0.5, 0.7]] })).toBe(0.7)
})
