import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findModel, layOutModel } from '../../../scripts/bench/model.ts'
import { openCore } from '../../../src/app.ts'
import { readConfig } from '../../../src/config.ts'

test('lays out a model of the catalog under a name that the catalog does not have', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-model-'))
  const source = join(folder, 'all-MiniLM-L6-v2')
  mkdirSync(source)
  cpSync('test/fixtures/models/bert-int8/model.onnx', join(source, 'model_quantized.onnx'))
  cpSync('test/fixtures/models/bert-int8/tokenizer.json', join(source, 'tokenizer.json'))
  const { manifest } = await layOutModel(source, join(folder, 'models'))
  const catalog = join(folder, 'catalog.json')
  writeFileSync(catalog, JSON.stringify([manifest]))
  const core = openCore(
    readConfig(
      { MODEL_CATALOG: catalog, DEFAULT_MODEL: manifest.id },
      { memoryBytes: 2 ** 30, processors: 1, root: folder },
    ),
  )
  expect(core.defaultModel).toBe('bench-all-MiniLM-L6-v2')
  await core.engine.close()
})

test('names the command that fetches the weights where there are none to measure with', () => {
  const empty = mkdtempSync(join(tmpdir(), 'bench-model-'))
  expect(() => findModel([empty])).toThrow(
    `No weights to measure with in ${empty}; fetch them by "npm run models -- pull fast".`,
  )
})
