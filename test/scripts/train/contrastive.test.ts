import { expect, test } from 'vitest'
import { type EpochReport, type TrainingTask, trainContrastive } from '../../../scripts/train/contrastive.ts'
import { embedBags } from '../../../src/learning/bags.ts'
import { createRandom, shuffle } from '../../../src/learning/random.ts'
import { createMatrix, type Matrix, rowOf } from '../../../src/vector/matrix.ts'
import { dot } from '../../../src/vector/similarity.ts'

/** Token 2n of one language means token 2n + 1 of another; groups of two pairs mean the same. */
const MEANINGS = 24
const options = { epochs: 12, learningRate: 0.05, finalLearningRate: 0.01, scale: 20, seed: 7 }

function randomTable(seed: number): Matrix {
  const random = createRandom(seed)
  const table = createMatrix(2 * MEANINGS + 3, 12)
  for (let index = 0; index < table.data.length; index++) table.data[index] = random.normal()
  return table
}

function tasks(): TrainingTask[] {
  const meanings = Array.from({ length: MEANINGS }, (_, meaning) => meaning)
  return [
    {
      kind: 'pairs',
      name: 'translations',
      batchSize: 8,
      sample: (random) =>
        shuffle(
          meanings.map((meaning) => ({ left: [2 * meaning], right: [2 * meaning + 1], group: meaning >> 1 })),
          random,
        ),
    },
    {
      kind: 'scored',
      name: 'opposites',
      batchSize: 4,
      weight: 1,
      sample: () => [{ left: [2 * MEANINGS, 2 * MEANINGS + 1], right: [2 * MEANINGS + 2], score: -0.5 }],
    },
  ]
}

async function train({ epochs = 12 } = {}) {
  const table = randomTable(3)
  const reports: EpochReport[] = []
  await trainContrastive(table, tasks(), { ...options, epochs }, (report) => {
    reports.push(report)
  })
  return { table, reports }
}

test('the same seed gives the same bytes', async () => {
  const [first, second] = [await train(), await train()]
  expect(Buffer.from(second.table.data.buffer).equals(Buffer.from(first.table.data.buffer))).toBe(true)
  expect(second.reports).toEqual(first.reports)
})

test('every loss falls, and each epoch is reported', async () => {
  const { reports } = await train()
  expect(reports.map(({ epoch, batches }) => [epoch, batches])).toEqual(
    Array.from({ length: 12 }, (_, index) => [index + 1, 4]),
  )
  for (const name of ['translations', 'opposites']) {
    expect(reports.at(-1)!.losses[name]!).toBeLessThan(reports[0]!.losses[name]! / 2)
  }
})

test('each token finds its translation among all', async () => {
  const { table } = await train({ epochs: 60 })
  const texts = Array.from({ length: 2 * MEANINGS }, (_, token) => [token])
  const { units } = embedBags(table, texts)
  const unit = (token: number) => rowOf(units, token)
  for (let meaning = 0; meaning < MEANINGS; meaning++) {
    const scores = texts.map((_, token) => (token === 2 * meaning ? -2 : dot(unit(2 * meaning), unit(token))))
    const best = scores.indexOf(Math.max(...scores))
    expect(best >> 2).toBe(meaning >> 1)
  }
})

test('rows that no text names stay as they were', async () => {
  const table = randomTable(3)
  const before = Float32Array.from(rowOf(table, 9))
  const only: TrainingTask = {
    kind: 'scored',
    name: 'one',
    batchSize: 1,
    weight: 1,
    sample: () => [{ left: [1], right: [2], score: 1 }],
  }
  await trainContrastive(table, [only], options, () => {})
  expect(rowOf(table, 9)).toEqual(before)
  expect(rowOf(table, 1)).not.toEqual(rowOf(randomTable(3), 1))
})

test('a stop ends the training after the batch that runs, and what was learned stays', async () => {
  const table = randomTable(3)
  const stopped = new AbortController()
  const shares: number[] = []
  const reports: EpochReport[] = []
  await trainContrastive(
    table,
    tasks(),
    {
      ...options,
      signal: stopped.signal,
      onBatch(share) {
        if (shares.push(share) === 6) stopped.abort()
      },
    },
    (report) => void reports.push(report),
  )
  expect(shares).toHaveLength(6)
  expect(shares.at(-1)).toBeCloseTo(6 / 48, 9)
  expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2])
  expect(table.data).not.toEqual(randomTable(3).data)
})
