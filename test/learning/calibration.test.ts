import { expect, test } from 'vitest'
import { learnCalibration, type ScoredTitle } from '../../src/learning/calibration.ts'
import { createRandom } from '../../src/learning/random.ts'
import { parseManifests } from '../../src/models/catalog/manifest-file.ts'
import { type Calibration, calibrate, curveFor } from '../../src/ranking/calibration.ts'
import { manifestOf } from '../support/manifests.ts'

/** Titles whose labels score 0.5 ± 0.1 and others 0.3 ± 0.1, all of it moved by the languages; a third is right at first. */
function titlesOf(count: number, languages: string | undefined, move = 0, seed = 1): ScoredTitle[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, index) => {
    const fitting = 0.5 + move + 0.1 * random.normal()
    const isRight = index % 3 === 0
    return {
      fitting,
      unfitting: 0.3 + move + 0.1 * random.normal(),
      languages,
      first: { score: isRight ? fitting + 0.05 : fitting, isRight },
    }
  })
}

test.each([
  [1999, 'Platt', 'midpoint'],
  [2000, 'isotonic', 'points'],
])('%i titles are fitted by %s', (count, method, field) => {
  const learned = learnCalibration(titlesOf(count, 'en-en'), undefined)!
  expect(learned.method).toBe(method)
  expect(learned.calibration).toHaveProperty(field)
  // Of two normal distributions of one width the midpoint is the middle.
  expect(calibrate(0.4, learned.calibration)).toBeGreaterThan(0.4)
  expect(calibrate(0.4, learned.calibration)).toBeLessThan(0.6)
  expect(learned.errors.learned).toBeLessThan(0.05)
})

test('each pair of languages with 200 titles has its curve; of the others it is said', () => {
  const titles = [
    ...titlesOf(300, 'en-en', 0, 1),
    ...titlesOf(200, 'zh-zh', 0.2, 2),
    ...titlesOf(199, 'en-zh', -0.2, 3),
    ...titlesOf(10, undefined, 0, 4),
  ]
  const { calibration, notes } = learnCalibration(titles, undefined)!
  expect(calibration.titles).toEqual({ all: 709, 'en-en': 300, 'en-zh': 199, 'zh-zh': 200 })
  expect(Object.keys(calibration.pairs!)).toEqual(['en-en', 'zh-zh'])
  expect(calibrate(0.4, curveFor(calibration, 'en', 'en'))).toBeGreaterThan(0.4)
  expect(calibrate(0.4, curveFor(calibration, 'zh', 'zh'))).toBeLessThan(0.1)
  expect(notes).toEqual([expect.stringContaining('Chances of en-zh go by the curve of all languages: 199')])
})

test('what is learned can be taken at its word where the curve of the base cannot', () => {
  const base: Calibration = { midpoint: 0.1, slope: 30 }
  const { errors, first, firstErrors } = learnCalibration(titlesOf(500, 'en-en'), base)!
  expect(errors.base).toBeGreaterThan(0.3)
  expect(errors.learned).toBeLessThan(0.05)
  expect(firstErrors!.learned).toBeLessThan(0.1)
  // A third of the first answers is right.
  expect(calibrate(0.52, first!)).toBeGreaterThan(0.2)
  expect(calibrate(0.52, first!)).toBeLessThan(0.5)
})

test('too few titles, and labels that score no higher than others, give no calibration', () => {
  expect(learnCalibration(titlesOf(49, 'en-en'), undefined)).toBeUndefined()
  const turned = titlesOf(300, 'en-en').map((title) => ({
    ...title,
    fitting: title.unfitting,
    unfitting: title.fitting,
  }))
  expect(learnCalibration(turned, undefined)).toBeUndefined()
})

test('the chance of the best answer is left out where every one is right', () => {
  const titles = titlesOf(100, 'en-en').map((title) => ({
    ...title,
    first: { score: title.fitting, isRight: true },
  }))
  const { first, firstErrors } = learnCalibration(titles, undefined)!
  expect([first, firstErrors]).toEqual([undefined, undefined])
})

test('titles whose scores nearly tell them apart have a finite curve', () => {
  const random = createRandom(3)
  const titles = Array.from({ length: 400 }, (_, index): ScoredTitle => {
    const fitting = 0.7 + 0.05 * random.next()
    return {
      fitting,
      unfitting: 0.1 * random.next(),
      languages: 'en-en',
      first: { score: fitting, isRight: index > 9 },
    }
  })
  const { calibration } = learnCalibration(titles, undefined)!
  expect(calibrate(0.7, calibration)).toBeGreaterThan(0.95)
  expect(calibrate(0.1, calibration)).toBeLessThan(0.05)
  expect(Number.isFinite(calibrate(0.4, calibration))).toBe(true)
})

test.each([500, 2500])('a manifest carries the calibration of %i titles', (count) => {
  const { calibration } = learnCalibration(titlesOf(count, 'en-en'), undefined)!
  const manifest = manifestOf({ id: 'jobs.acme', dimensions: 8, calibration })
  const [read] = parseManifests(JSON.stringify([manifest]), 'manifest.json')
  expect(read!.calibration).toEqual(calibration)
})

test('a manifest whose points fall is refused', () => {
  const points = [
    [0.1, 0.5],
    [0.2, 0.4],
  ]
  const text = JSON.stringify([{ ...manifestOf({ id: 'a', dimensions: 8 }), calibration: { points } }])
  expect(() => parseManifests(text, 'manifest.json')).toThrow('has a wrong field at 0.calibration')
})
