import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { LEAST_COSINE as LEAST_CANARY, verifyModel } from '../../../scripts/models/verify.ts'
import type { Manifest, ManifestFile } from '../../../src/models/catalog/manifest.ts'
import { cosine } from '../../../src/vector/similarity.ts'
import { idsOf, manifestOf, oddTexts, openModel, readReference } from '../../support/real-models.ts'
import { modelsFolder, sharedFolder, testWithModels } from '../../support/shared.ts'

/*
 * Models with their published weights against Python: reference.py and mpnet.py beside this file wrote the answers, from
 * tokenizers, onnxruntime and sentence-transformers. `npm run test:models` runs this.
 */
const INT8 = ['all-MiniLM-L6-v2', 'bge-small-en-v1.5', 'bge-small-zh-v1.5']

/**
 * Nothing but the order of float32 sums differs, by which int8 steps of activations may fall to the other side: the least is
 * 1.0000000 where Python runs on the same processor, and 0.9982 on a Xeon with AMX beside answers of an EPYC.
 */
const LEAST_COSINE = 0.995

/** Both parts of parity, under names that say which model. */
function testParity(id: string, graph: string, manifestHere: () => Manifest): void {
  testWithModels(`${id} reads 80 odd texts as the ids that Python reads`, [graph], async () => {
    const texts = oddTexts()
    const manifest = manifestHere()
    const reference = readReference(`${id}.json`)
    expect(texts.length).toBeGreaterThanOrEqual(80)
    expect([reference.revision, reference.ids.length]).toEqual([manifest.revision, texts.length])
    const ids = await idsOf(manifest, modelsFolder, texts)
    for (const [index, text] of texts.entries())
      expect([text, ids[index]]).toEqual([text, reference.ids[index]])
  })

  testWithModels(`${id} gives 80 odd texts the vectors that Python gives them`, [graph], async () => {
    const texts = oddTexts()
    const reference = readReference(`${id}.json`)
    const vectors = await openModel(manifestHere(), modelsFolder)(texts, { deterministic: true })
    expect(vectors).toHaveLength(reference.vectors.length)
    const cosines = vectors.map((vector, index) => cosine(vector, reference.vectors[index]!))
    const least = Math.min(...cosines)
    process.stdout.write(`${id}: ${texts.length} texts, least cosine to Python ${least.toFixed(7)}\n`)
    const wrong = texts.filter((_, index) => !(cosines[index]! >= LEAST_COSINE))
    expect(wrong).toEqual([])
  })
}

/** Outputs of public test files, each with where it stands. */
const PUBLISHED = 'data/reference/reference-vectors.json'
interface PublishedVector {
  readonly model: string
  readonly text: string
  readonly first5?: readonly number[]
}

for (const id of INT8) {
  const manifest = manifestOf(id)
  const graph = `${id}/${manifest.graph}`
  testParity(id, graph, () => manifest)

  testWithModels(`${id} has the published hashes, and gives its canaries`, [graph], async () => {
    expect(manifest.canaries.map(({ values }) => values.length >= 10)).toEqual([true, true])
    for (const { text, cosine: found } of await verifyModel(manifest, modelsFolder))
      expect([text, found > 0.999]).toEqual([text, true])
  })

  testWithModels(
    `${id} points where others say that its float32 weights point`,
    [graph],
    async () => {
      const { refs } = JSON.parse(readFileSync(join(sharedFolder, PUBLISHED), 'utf8'))
      const published = refs.filter(
        ({ model, first5 }: PublishedVector) => first5 && model === manifest.origin,
      )
      expect(published.length).toBeGreaterThan(0)
      const embed = openModel(manifest, modelsFolder)
      for (const { text, first5 } of published) {
        const [vector] = await embed([text])
        expect([text, cosine(first5, vector!.subarray(0, 5)) > LEAST_CANARY]).toEqual([text, true])
      }
    },
    [PUBLISHED],
  )
}

const MPNET = 'all-mpnet-base-v2'
const MPNET_GRAPH = `${MPNET}/onnx/model.onnx`
/** One text's vector, before it is brought to length 1. */
const SNAPSHOT = 'data/reference/test_mpnet__mpnet_single.snap'

/** The catalog's all-mpnet-base-v2 with the float32 graph that mpnet.py exports: the catalog's int8 file is in no package. */
function exportedMpnet(): Manifest {
  const files = ['onnx/model.onnx', 'tokenizer.json'].map((path): ManifestFile => {
    const content = readFileSync(join(modelsFolder, MPNET, path))
    return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
  })
  return manifestOf(MPNET, { graph: files[0]!.path, precision: 'float32', files })
}

testParity(MPNET, MPNET_GRAPH, exportedMpnet)

testWithModels(`${MPNET} has the catalog's tokenizer, and gives its canaries`, [MPNET_GRAPH], async () => {
  const manifest = exportedMpnet()
  const tokenizer = (files: readonly ManifestFile[]) => files.find(({ path }) => path === 'tokenizer.json')
  expect(tokenizer(manifest.files)).toEqual(tokenizer(manifestOf(MPNET).files))
  const results = await verifyModel(manifest, modelsFolder)
  expect(results).toHaveLength(2)
  for (const { text, cosine: found } of results) expect([text, found > 0.99999]).toEqual([text, true])
})

testWithModels(
  `${MPNET} gives the 768 values that another server's tests keep`,
  [MPNET_GRAPH],
  async () => {
    const snapshot = readFileSync(join(sharedFolder, SNAPSHOT), 'utf8').split('---')[2]!
    const values = (snapshot.match(/-?\d+\.\d+(?:e-?\d+)?/g) ?? []).map(Number)
    expect(values).toHaveLength(768)
    const [vector] = await openModel(exportedMpnet(), modelsFolder)(['What is Deep Learning?'])
    expect(cosine(values, vector!)).toBeGreaterThan(0.9999)
  },
  [SNAPSHOT],
)
