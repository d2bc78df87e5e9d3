import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deriveFiles } from '../../../scripts/layers/build-derived.ts'
import { createContext } from '../../../src/context.ts'
import { encodeOnnx } from '../../../src/formats/onnx.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { loadModelTokenizer, verifiedGraph } from '../../../src/models/encode/load-derived.ts'
import { createLocalEngine } from '../../../src/models/engine/in-process.ts'
import { locateArtifacts } from '../../../src/models/files/artifacts.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { tinyEncoder, writeModel } from '../../support/tiny-encoder.ts'
import { wordPieceFile } from '../../tokenizer/tokenizers.ts'
import { unigramFile } from '../../tokenizer/unigram/files.ts'

const tokenizer = unigramFile([
  ['▁', -2],
  ['a', -3],
  ['b', -3],
  ['▁ab', -4],
])

function freshModel(files: { graph?: Uint8Array; tokenizer?: unknown } = {}) {
  const folder = temporaryFolder('derive')
  const manifest = writeModel(folder, 'tiny', { graph: tinyEncoder(), tokenizer, ...files })
  return { folder, manifest, modelFolder: join(folder, 'tiny') }
}

async function derivedModel() {
  const model = freshModel()
  const { files } = await deriveFiles(model.manifest, model.modelFolder)
  return { ...model, manifest: { ...model.manifest, derived: files } }
}

const locate = (manifest: Manifest, folder: string) =>
  locateArtifacts(manifest, [createDirectoryStore(folder)])

async function embed(manifest: Manifest, folder: string): Promise<number[]> {
  const engine = createLocalEngine({
    manifests: [manifest],
    stores: [createDirectoryStore(folder)],
    budgetBytes: 1e9,
    threads: 1,
    tokenBudget: 256,
  })
  const { vectors } = await engine.embed(
    { model: 'tiny', inputs: ['ab a', 'b x'], options: {} },
    createContext({}),
  )
  await engine.close()
  return Array.from(vectors.data)
}

describe('derived files', () => {
  it('are made beside their sources, and nothing else is left there', async () => {
    const { manifest, modelFolder } = freshModel()
    const { files, left } = await deriveFiles(manifest, modelFolder)
    expect(left).toEqual([])
    expect(files.map(({ kind, path }) => [kind, path.replace(/ort-.*(?=\.onnx)/, 'KEY')])).toEqual([
      ['tokenizer', 'tokenizer.unigram-1.flat'],
      ['graph', 'onnx/model.KEY.onnx'],
    ])
    expect(files.map(({ source }) => source)).toEqual(manifest.files.map(({ sha256 }) => sha256).reverse())
    expect(readdirSync(join(modelFolder, 'onnx'))).toHaveLength(2)
    expect(readdirSync(modelFolder).sort()).toEqual(['onnx', 'tokenizer.json', 'tokenizer.unigram-1.flat'])
  })

  it('are the same each time', async () => {
    expect((await derivedModel()).manifest.derived).toEqual((await derivedModel()).manifest.derived)
  })

  it('give the vectors of the files they were made from', async () => {
    const { manifest, folder } = await derivedModel()
    const { derived: _, ...plain } = manifest
    const [fast, slow] = [await embed(manifest, folder), await embed(plain, folder)]
    for (const [index, value] of slow.entries()) expect(fast[index]).toBeCloseTo(value, 3)
  })

  it('are used, and what they replace is not parsed', async () => {
    const { manifest, folder, modelFolder } = await derivedModel()
    rmSync(join(modelFolder, 'tokenizer.json'))
    const artifacts = await locate(manifest, folder)
    expect(await verifiedGraph(manifest, artifacts)).toMatchObject({ optimized: true })
    const loaded = await loadModelTokenizer(manifest, artifacts)
    expect(loaded.vocabularySize).toBe(5)
  })

  it('are passed over when the source does not have them', async () => {
    const { manifest, folder, modelFolder } = await derivedModel()
    for (const { path } of manifest.derived) rmSync(join(modelFolder, path))
    const artifacts = await locate(manifest, folder)
    expect(await verifiedGraph(manifest, artifacts)).toMatchObject({ optimized: false })
    expect((await loadModelTokenizer(manifest, artifacts)).vocabularySize).toBe(5)
  })

  it.each([
    ['another key', { key: 'ort-0.0.1-linux-x64-00000000' }],
    ['another source', { source: '0'.repeat(64) }],
  ])('are passed over when they are for %s', async (_, changes) => {
    const { manifest, folder } = await derivedModel()
    const other = { ...manifest, derived: manifest.derived.map((file) => ({ ...file, ...changes })) }
    const artifacts = await locate(other, folder)
    expect(await verifiedGraph(other, artifacts)).toMatchObject({ optimized: false })
    expect((await loadModelTokenizer(other, artifacts)).vocabularySize).toBe(5)
  })

  it('are refused when a byte is wrong', async () => {
    const { manifest, folder, modelFolder } = await derivedModel()
    for (const { path } of manifest.derived) {
      const bytes = readFileSync(join(modelFolder, path))
      bytes[bytes.length >> 1]! ^= 1
      writeFileSync(join(modelFolder, path), bytes)
    }
    const artifacts = await locate(manifest, folder)
    const corrupt = { code: 'artifact_corrupt' }
    await expect(verifiedGraph(manifest, artifacts)).rejects.toMatchObject(corrupt)
    await expect(loadModelTokenizer(manifest, artifacts)).rejects.toMatchObject(corrupt)
  })

  it('are not made where they cannot be, with the reason', async () => {
    const file = wordPieceFile()
    const uncommon = { ...file, pre_tokenizer: { type: 'Whitespace' } }
    const { manifest, modelFolder } = freshModel({ tokenizer: uncommon })
    const { files, left } = await deriveFiles(manifest, modelFolder)
    expect(files.map(({ kind }) => kind)).toEqual(['graph'])
    expect(left).toEqual([{ path: 'tokenizer.json', reason: 'its model is WordPiece, not Unigram' }])
  })

  it.each([
    ['its vectors would differ', tinyEncoder('RandomUniformLike'), /^its optimized form differs by 0\.\d+$/],
    ['its output cannot be compared', tinyEncoder('IsNaN', 'bool'), /^its optimized form differs by NaN$/],
    ['it would be hardly smaller', weightless(), /^its optimized form keeps \d+ bytes of its own$/],
  ])('have no graph where %s', async (_, graph, reason) => {
    const { manifest, modelFolder } = freshModel({ graph })
    const { left } = await deriveFiles(manifest, modelFolder)
    expect(left).toEqual([{ path: 'onnx/model.onnx', reason: expect.stringMatching(reason) }])
    expect(readdirSync(join(modelFolder, 'onnx'))).toEqual(['model.onnx'])
  })
})

/** A graph that has nothing to share. */
function weightless(): Uint8Array {
  const shape = ['batch', 'sequence']
  return encodeOnnx({
    name: 'weightless',
    opset: 17,
    inputs: [{ name: 'input_ids', type: 'int64', shape }],
    outputs: [{ name: 'last_hidden_state', type: 'float32', shape }],
    initializers: [],
    nodes: [
      { operator: 'Cast', inputs: ['input_ids'], outputs: ['last_hidden_state'], attributes: { to: 1 } },
    ],
  })
}
