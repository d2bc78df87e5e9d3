import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { scorePairs } from '../../../scripts/evaluate/tasks.ts'
import { readSts } from '../../../scripts/train/data.ts'
import { createContext } from '../../../src/context.ts'
import shipped from '../../../src/models/catalog/catalog.json' with { type: 'json' }
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import type { Engine } from '../../../src/models/engine/engine.ts'
import { createLocalEngine } from '../../../src/models/engine/in-process.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { rowOf } from '../../../src/vector/matrix.ts'
import { manifestOf } from '../../support/manifests.ts'
import { sharedFolder, testWithShared } from '../../support/shared.ts'

const layer = join(import.meta.dirname, '..', '..', '..', 'layers', 'models')
const jobsStatic = (shipped as Manifest[]).find(({ id }) => id === 'jobs-static-2')!

function open(manifests: readonly Manifest[], folder: string): Engine {
  const stores = [createDirectoryStore(folder)]
  const engine = createLocalEngine({ manifests, stores, budgetBytes: 1e9, threads: 2, tokenBudget: 1024 })
  onTestFinished(() => engine.close())
  return engine
}

const embedWith = (engine: Engine, model: string) => async (inputs: readonly string[]) =>
  (await engine.embed({ model, inputs, options: {} }, createContext())).vectors

test('the bundled model gives its canaries, to the last digit that is kept', async () => {
  const vectors = await embedWith(
    open([jobsStatic], layer),
    'jobs-static-2',
  )(jobsStatic.canaries.map(({ text }) => text))
  for (const [row, { values }] of jobsStatic.canaries.entries()) {
    values.forEach((value, column) => {
      expect(rowOf(vectors, row)[column]).toBeCloseTo(value, 5)
    })
  }
})

test('the bundled model takes at most 14 MB, its card included', () => {
  const paths = [...jobsStatic.files.map(({ path }) => path), 'README.md']
  const bytes = paths.reduce((sum, path) => sum + statSync(join(layer, 'jobs-static-2', path)).size, 0)
  expect(bytes).toBeLessThanOrEqual(14_000_000)
})

test('the bundled model finds likeness across languages', async () => {
  const embed = embedWith(open([jobsStatic], layer), 'jobs-static-2')
  const { data, columns } = await embed(['A nurse works in a hospital', '护士在医院工作', '他在弹吉他'])
  const score = (a: number, b: number) => {
    let sum = 0
    for (let column = 0; column < columns; column++)
      sum += data[a * columns + column]! * data[b * columns + column]!
    return sum
  }
  expect(score(0, 1)).toBeGreaterThan(score(0, 2) + 0.2)
})

testWithShared(
  'the bundled model agrees with human judgement in both languages',
  ['data/stsb-en-dev.csv', 'data/stsb-zh-dev.csv'],
  async () => {
    const embed = embedWith(open([jobsStatic], layer), 'jobs-static-2')
    const data = join(sharedFolder, 'data')
    expect(await scorePairs(embed, readSts(data, 'en', 'dev'))).toBeGreaterThanOrEqual(0.79)
    expect(await scorePairs(embed, readSts(data, 'zh', 'dev'))).toBeGreaterThanOrEqual(0.79)
  },
)

const POTION = manifestOf({
  id: 'potion-base-2M',
  graph: 'model_int8.onnx',
  files: [
    {
      path: 'model_int8.onnx',
      bytes: 2_008_829,
      sha256: 'd13e9cc924d828d169be47d5cad8c755d760b77e2e23a69aa859e8f358a7eaaa',
    },
    {
      path: 'tokenizer.json',
      bytes: 683_666,
      sha256: 'e67e803f624fb4d67dea1c730d06e1067e1b14d830e2c2202569e3ef0f70bb50',
    },
  ],
  precision: 'int8',
  dimensions: 64,
  maxTokens: 512,
  specialTokens: false,
  dropUnknown: true,
})

testWithShared(
  'a model of somebody else reaches its known score',
  ['models/potion-base-2M/model_int8.onnx', 'data/stsb-en-dev.csv'],
  async () => {
    const embed = embedWith(open([POTION], join(sharedFolder, 'models')), 'potion-base-2M')
    const score = await scorePairs(embed, readSts(join(sharedFolder, 'data'), 'en', 'dev'))
    expect(score).toBeCloseTo(0.81, 2)
  },
)
