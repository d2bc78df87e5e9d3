import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, it } from 'vitest'
import { createLocalEngine } from '../../src/models/local.ts'
import { spearman } from '../../src/ranking/spearman.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { dot } from '../../src/vector/similarity.ts'
import { vectorsOf } from '../support/fixtures.ts'
import { manifestOf } from '../support/manifests.ts'

const shared = process.env.SHARED_DIR ?? join(import.meta.dirname, '../../../shared')
const models = join(shared, 'models')
const sentences = join(shared, 'data/stsb-en-dev.csv')

/** minishlab/potion-base-2M: made by others, with other tools. */
const potion = manifestOf({
  id: 'potion-base-2M',
  graph: 'model_int8.onnx',
  files: [
    {
      path: 'model_int8.onnx',
      bytes: 2008829,
      sha256: 'd13e9cc924d828d169be47d5cad8c755d760b77e2e23a69aa859e8f358a7eaaa',
    },
    {
      path: 'tokenizer.json',
      bytes: 683666,
      sha256: 'e67e803f624fb4d67dea1c730d06e1067e1b14d830e2c2202569e3ef0f70bb50',
    },
  ],
  precision: 'int8',
  dimensions: 64,
  maxTokens: 512,
  specialTokens: false,
  dropUnknown: true,
  license: 'MIT',
})

it('potion-base-2M, a model of others, reaches its known STS-B dev score of 0.81', async (context) => {
  const missing = [join(models, potion.id, potion.graph), sentences].filter((path) => !existsSync(path))
  if (missing.length > 0) {
    const reason = `SKIPPED potion-base-2M: ${missing.join(' and ')} not found; set SHARED_DIR to check it.`
    console.warn(reason)
    context.skip(reason)
  }
  const engine = createLocalEngine({
    manifests: [potion],
    stores: [createDirectoryStore(models)],
    budgetBytes: 1 << 26,
    threads: 1,
    tokenBudget: 1024,
  })
  const rows: string[][] = parse(readFileSync(sentences))
  expect(rows).toHaveLength(1500)
  const left = await vectorsOf(
    engine,
    potion.id,
    rows.map(([first]) => first!),
  )
  const right = await vectorsOf(
    engine,
    potion.id,
    rows.map(([, second]) => second!),
  )
  await engine.close()
  const score = spearman(
    left.map((vector, row) => dot(vector, right[row]!)),
    rows.map(([, , value]) => Number(value)),
  )
  expect(Math.abs(score - 0.81)).toBeLessThanOrEqual(0.005)
})
