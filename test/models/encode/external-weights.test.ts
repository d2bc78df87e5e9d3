import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shareWeights } from '../../../scripts/onnx/shared-weights.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { openFixtures, vectorsOf } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { tinyEncoder, writeModel } from '../../support/tiny-encoder.ts'
import { TINY_TOKENIZER } from '../../support/tiny-model.ts'

const whole = tinyEncoder()
const tokenizer = JSON.parse(TINY_TOKENIZER)

/** A model whose weights lie in `weights.bin` beside its graph, listed in the manifest or not. */
function write(listed: boolean, location = 'weights.bin', weights: Uint8Array = whole) {
  const folder = temporaryFolder('external')
  const { bytes: graph, sharedBytes } = shareWeights(whole, whole, location, 1)
  expect(sharedBytes).toBeGreaterThan(0)
  const manifest = writeModel(folder, 'outside', { graph, tokenizer })
  writeFileSync(join(folder, 'outside', 'onnx', 'weights.bin'), weights)
  const sha256 = createHash('sha256').update(whole).digest('hex')
  const file = { path: 'onnx/weights.bin', bytes: whole.length, sha256 }
  return open(folder, { ...manifest, files: listed ? [...manifest.files, file] : manifest.files })
}

function open(folder: string, manifest: Manifest) {
  return openFixtures({ manifests: [manifest], stores: [createDirectoryStore(folder)] })
}

const embed = (engine: ReturnType<typeof open>) => vectorsOf(engine, 'outside', ['data nurse'])

test('weights in a file of the manifest give the vectors of the model in one file', async () => {
  const folder = temporaryFolder('whole')
  const inOne = writeModel(folder, 'outside', { graph: whole, tokenizer })
  expect(await embed(write(true))).toEqual(await embed(open(folder, inOne)))
})

test('weights in a file that nobody hashed are refused, with the name of that file', async () => {
  await expect(embed(write(false))).rejects.toMatchObject({
    code: 'artifact_corrupt',
    message: expect.stringMatching(
      /takes weights from the file "weights.bin", which its manifest does not list/,
    ),
  })
})

test('weights whose bytes are not those of the manifest are refused', async () => {
  const changed = Uint8Array.from(whole)
  changed[whole.length >> 1]! ^= 1
  await expect(embed(write(true, 'weights.bin', changed))).rejects.toMatchObject({
    code: 'artifact_corrupt',
    message: expect.stringMatching(/SHA-256/),
  })
})

test.each(['../../elsewhere.bin', '/onnx/weights.bin', '../onnx/../../weights.bin', ''])(
  'the place %j is none of the manifest',
  async (location) => {
    await expect(embed(write(true, location))).rejects.toMatchObject({ code: 'artifact_corrupt' })
  },
)

test('a graph that is no ONNX model is refused before the runtime reads it', async () => {
  const folder = temporaryFolder('noise')
  const manifest = writeModel(folder, 'outside', { graph: Buffer.from('not a graph at all'), tokenizer })
  await expect(embed(open(folder, manifest))).rejects.toMatchObject({
    code: 'artifact_corrupt',
    message: expect.stringMatching(/is no ONNX model/),
  })
})
