import { expect, test } from 'vitest'
import { estimate, scoreOf } from '../../../scripts/evaluate/metrics/sample.ts'
import {
  areaUnderCurve,
  crossLingual,
  meanCosine,
  scorePairs,
  titleSimilarity,
  vacancyToOccupation,
} from '../../../scripts/evaluate/tasks.ts'

/** Vectors in a plane, by their angles in degrees. */
const embed = async (texts: readonly string[]) => {
  const data = Float32Array.from(
    texts.flatMap((text) => [
      Math.cos((Number.parseFloat(text) * Math.PI) / 180),
      Math.sin((Number.parseFloat(text) * Math.PI) / 180),
    ]),
  )
  return { data, rows: texts.length, columns: 2 }
}
const pairsOf = (...rated: [left: number, right: number, score: number][]) =>
  rated.map(([left, right, score]) => ({ left: String(left), right: String(right), score }))

test('pairs that people rate higher and that are nearer correlate fully', async () => {
  expect(await scorePairs(embed, pairsOf([0, 10, 5], [0, 50, 3], [0, 120, 1]))).toBeCloseTo(1, 12)
  expect(await scorePairs(embed, pairsOf([0, 10, 1], [0, 50, 3], [0, 120, 5]))).toBeCloseTo(-1, 12)
})

test('the area under the curve is the share of true pairs above false ones, also of pairs drawn twice', async () => {
  const sample = await areaUnderCurve(embed, pairsOf([0, 10, 1], [0, 50, 0], [0, 30, 0], [0, 40, 1]))
  expect(scoreOf(sample)).toBe(0.75)
  expect(sample.score(Int32Array.of(0, 0, 1))).toBe(1)
})

test('a text that finds its translation first counts, another does not', async () => {
  const found = await crossLingual(embed, ['0', '40', '90'], ['5', '80', '95'])
  // 40° is nearer to 5° than to its own 80°.
  expect(scoreOf(found)).toBeCloseTo(2 / 3, 12)
  expect(estimate(found).low).toBeGreaterThan(0.2)
  expect(await meanCosine(embed, ['0', '0'], ['60', '0'])).toBeCloseTo(0.75, 6)
})

test('vacancies of unknown occupations are left out; the others count by the place of their own', async () => {
  const occupations = [0, 30, 60].map((angle) => ({
    id: `o${angle}`,
    name: String(angle),
    titles: [],
    texts: [],
  }))
  const vacancies = [
    { title: '1', occupation: 'o0' },
    { title: '25', occupation: 'o0' },
    { title: '0', occupation: 'elsewhere' },
  ]
  const [mrr, recall] = await vacancyToOccupation(embed, vacancies, occupations)
  expect([mrr!.items, scoreOf(mrr!)]).toEqual([2, 0.75])
  expect(scoreOf(recall!)).toBe(1)
})

test('titles look for those of their own occupation', async () => {
  const occupations = [
    ['0', '1', '2'],
    ['90', '91'],
  ].map((titles, index) => ({ id: String(index), name: '', titles, texts: [] }))
  expect(scoreOf(await titleSimilarity(embed, occupations, 1))).toBe(1)
})
