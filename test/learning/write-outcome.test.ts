import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openModels } from '../../scripts/models/open.ts'
import { createContext } from '../../src/context.ts'
import { openBaseModel } from '../../src/learning/base-model.ts'
import { learn } from '../../src/learning/learn.ts'
import { writeOutcome } from '../../src/learning/write-outcome.ts'
import { createLocalEngine } from '../../src/models/engine/in-process.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { companyPairs, JOB_LABELS } from './learning-task.ts'

const core = openModels({})
const context = createContext()
const base = core.catalog.resolve('jobs')
afterAll(() => core.engine.close())

async function written(side: 'table' | 'query' | 'both', pairs: number) {
  const model = await openBaseModel(core.engine, base, context)
  const request = {
    pairs: companyPairs(pairs),
    labels: JOB_LABELS,
    placeOf: String,
    guards: [],
    side,
    seeds: [1],
  }
  const outcome = await learn(request, { model, context })
  const store = createDirectoryStore(mkdtempSync(join(tmpdir(), 'learned-')))
  const tokenizer = async () => readFileSync(`layers/models/${base.id}/${base.tokenizer}`)
  const parts = {
    name: 'jobs.acme',
    sha256: 'a'.repeat(64),
    date: new Date('2026-11-28'),
    model,
    tokenizer,
    store,
    context,
  }
  return { manifest: await writeOutcome(outcome, parts), outcome, store }
}

test('a learned table is a model that answers by its canaries', async () => {
  const { manifest, store } = await written('table', 300)
  expect(manifest).toMatchObject({ id: 'jobs.acme-2026-11', learned: { side: 'table', base: base.id } })
  expect(manifest.learned!.forced).toBeUndefined()
  expect(manifest.learned!.data.counts).toMatchObject({ pairs: 300, queries: 300, labels: 30 })
  const engine = createLocalEngine({
    manifests: [manifest],
    stores: [store],
    budgetBytes: 1e9,
    threads: 1,
    tokenBudget: 1024,
  })
  const inputs = manifest.canaries.map(({ text }) => text)
  const { vectors } = await engine.embed({ model: manifest.id, inputs, options: {} }, context)
  manifest.canaries.forEach(({ values }, row) => {
    for (const [column, value] of values.entries())
      expect(vectors.data[row * 256 + column]).toBeCloseTo(value, 4)
  })
  await engine.close()
})

test('what the report speaks against says so in its manifest', async () => {
  const { manifest } = await written('both', 100)
  expect(manifest.learned).toMatchObject({ side: 'both', forced: true })
  expect(manifest.files.map(({ path }) => path)).toContain('adapter.safetensors')
})

test('a map of queries leaves texts without a role as they are', async () => {
  const { manifest } = await written('query', 300)
  const inputs = manifest.canaries.map(({ text }) => text)
  const { vectors } = await core.engine.embed({ model: base.id, inputs, options: {} }, context)
  expect(manifest.canaries[1]!.values[0]).toBeCloseTo(vectors.data[256]!, 5)
})
