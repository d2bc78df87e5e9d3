import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAdapterStudent, identity } from '../../src/learning/adapter-student.ts'
import { type EpochReport, fitStudent, logPriors } from '../../src/learning/fit.ts'
import { openProducts, type Products } from '../../src/learning/products.ts'
import { createRandom } from '../../src/learning/random.ts'
import { adjustedSoftmax } from '../../src/learning/softmax.ts'
import type { Student } from '../../src/learning/student.ts'
import { createTableStudent } from '../../src/learning/table-student.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { normalizeRows } from '../../src/vector/normalize.ts'

let products: Products
beforeAll(async () => {
  products = await openProducts()
})
afterAll(() => products.close())

const LABELS = 12
const COLUMNS = 8

function randomRows(rows: number, seed: number): Matrix {
  const random = createRandom(seed)
  const matrix = createMatrix(rows, COLUMNS)
  for (let at = 0; at < matrix.data.length; at++) matrix.data[at] = random.normal()
  return matrix
}

/** Queries that are their labels turned by one map and shaken a little: what an adapter can learn. */
function turnedTask() {
  const labels = randomRows(LABELS, 1)
  normalizeRows(labels)
  const turn = randomRows(COLUMNS, 2)
  const noise = randomRows(240, 3)
  const queries = createMatrix(240, COLUMNS)
  for (let row = 0; row < 240; row++) {
    const label = rowOf(labels, row % LABELS)
    for (let column = 0; column < COLUMNS; column++) {
      let sum = 0.3 * rowOf(noise, row)[column]!
      for (let from = 0; from < COLUMNS; from++) sum += label[from]! * rowOf(turn, from)[column]!
      rowOf(queries, row)[column] = sum
    }
  }
  normalizeRows(queries)
  const rows = (from: number, to: number, times: number) => {
    const places = Int32Array.from(
      { length: (to - from) * times },
      (_, index) => from + (index % (to - from)),
    )
    const weights = new Float64Array(places.length).fill(1)
    const targets = places.map((row) => row % LABELS)
    const siblings = Array.from(places, () => new Int32Array(0))
    const rejected = Array.from(places, () => [])
    const contrasts = Array.from(places, () => undefined)
    return { queries: places, targets, weights, siblings, rejected, contrasts }
  }
  return { queries, labels, pairs: rows(0, 180, 40), validation: rows(180, 240, 1) }
}

function fitting(
  student: Student,
  task: ReturnType<typeof turnedTask>,
  change: { signal?: AbortSignal } = {},
) {
  const reports: EpochReport[] = []
  const random = createRandom(5)
  const kept = fitStudent(
    student,
    task.pairs,
    task.validation,
    logPriors(task.pairs.targets, LABELS),
    products,
    {
      labelCount: LABELS,
      inBatch: false,
      mostEpochs: 30,
      patience: 5,
      random,
      signal: new AbortController().signal,
      onEpoch: (report) => void reports.push(report),
      ...change,
    },
  )
  return { kept, reports }
}

test.each(['query', 'both'] as const)(
  'an adapter of side %s learns the map that its pairs have',
  async (side) => {
    const task = turnedTask()
    const { kept, reports } = fitting(
      createAdapterStudent(identity(COLUMNS), { queries: task.queries, labels: task.labels }, side, products),
      task,
    )
    const best = reports[await kept]!
    expect(best.macro).toBeGreaterThan(reports[0]!.macro + 0.05)
    expect(best.macro).toBe(Math.max(...reports.map(({ macro }) => macro)))
  },
)

test('a table moves only the rows that its texts have', async () => {
  const task = turnedTask()
  const table = randomRows(30, 4)
  const before = table.data.slice()
  const student = createTableStudent(table, {
    queries: Array.from({ length: 240 }, (_, row) => [row % LABELS]),
    labels: Array.from({ length: LABELS }, (_, label) => [LABELS + label]),
  })
  const { kept, reports } = fitting(student, task)
  expect(reports[await kept]!.macro).toBeGreaterThan(reports[0]!.macro)
  expect(table.data.slice(24 * COLUMNS)).toEqual(before.slice(24 * COLUMNS))
  expect(table.data.slice(0, 24 * COLUMNS)).not.toEqual(before.slice(0, 24 * COLUMNS))
})

test('what does not help is not kept: labels dealt out at random leave the model as it was', async () => {
  const task = turnedTask()
  const random = createRandom(9)
  const pairs = { ...task.pairs, targets: task.pairs.targets.map(() => random.below(LABELS)) }
  const validation = {
    ...task.validation,
    queries: task.validation.targets,
    targets: task.validation.targets,
  }
  // Queries that are the labels themselves: nothing can be better.
  const student = createAdapterStudent(
    identity(COLUMNS),
    { queries: task.labels, labels: task.labels },
    'query',
    products,
  )
  const places = { ...pairs, queries: task.pairs.targets }
  const { kept } = fitting(student, { ...task, pairs: places, validation })
  expect(await kept).toBe(0)
  expect([...student.weight.data.slice(0, 2)]).toEqual([1, 0])
})

test('an abort ends the fitting, and the best so far counts', async () => {
  const task = turnedTask()
  const controller = new AbortController()
  const student = createAdapterStudent(
    identity(COLUMNS),
    { queries: task.queries, labels: task.labels },
    'query',
    products,
  )
  const reports: EpochReport[] = []
  const kept = await fitStudent(
    student,
    task.pairs,
    task.validation,
    logPriors(task.pairs.targets, LABELS),
    products,
    {
      labelCount: LABELS,
      inBatch: true,
      mostEpochs: 30,
      patience: 5,
      random: createRandom(1),
      signal: controller.signal,
      onEpoch(report) {
        reports.push(report)
        if (report.epoch === 3) controller.abort()
      },
    },
  )
  expect(reports.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3])
  expect(kept).toBeLessThanOrEqual(3)
})

test('derivatives of the loss are those that small steps show', async () => {
  const [queries, labels] = [randomRows(3, 11), randomRows(4, 12)]
  const batch = {
    queries,
    labels,
    targets: Int32Array.of(0, 2, 3),
    weights: Float64Array.of(1, 2, 0.5),
    priors: logPriors([0, 0, 2, 3], 4),
  }
  const slope = await adjustedSoftmax(batch, 2, products)
  for (const [matrix, gradients] of [
    [queries, slope.queries],
    [labels, slope.labels],
  ] as const)
    for (const at of [0, 9, 17]) {
      const value = matrix.data[at]!
      const lossAt = async (moved: number) => {
        matrix.data[at] = moved
        const { loss } = await adjustedSoftmax(batch, 2, products)
        matrix.data[at] = value
        return loss
      }
      const step = 1e-2
      const seen = ((await lossAt(value + step)) - (await lossAt(value - step))) / (2 * step)
      expect(gradients.data[at]).toBeCloseTo(seen, 3)
    }
})

test('a label without a pair has a prior too, and shares add up to 1', () => {
  const priors = logPriors([0, 0, 1], 4)
  expect(priors.reduce((sum, prior) => sum + Math.exp(prior), 0)).toBeCloseTo(1, 12)
  expect(priors[0]).toBeGreaterThan(priors[1]!)
  expect(priors[3]).toBeCloseTo(Math.log(1 / 7), 12)
})

test('a click is told apart from what it passed over alone: other labels neither pull nor push', async () => {
  const [queries, labels] = [randomRows(2, 21), randomRows(5, 22)]
  const batch = {
    queries,
    labels,
    targets: Int32Array.of(0, 1),
    weights: Float64Array.of(1, 1),
    priors: logPriors([0, 1], 5),
    contrasts: [Int32Array.of(2), Int32Array.of(0, 2)],
  }
  const slope = await adjustedSoftmax(batch, 2, products)
  for (const unseen of [3, 4]) expect([...rowOf(slope.labels, unseen)]).toEqual(new Array(COLUMNS).fill(0))
  for (const seen of [0, 1, 2]) expect(rowOf(slope.labels, seen).some((value) => value !== 0)).toBe(true)
  rowOf(labels, 3).fill(9)
  expect((await adjustedSoftmax(batch, 2, products)).loss).toBe(slope.loss)
  const all = await adjustedSoftmax({ ...batch, contrasts: [undefined, undefined] }, 2, products)
  expect(all.loss).not.toBe(slope.loss)
})
