import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sha256Of } from '../../../scripts/models/describe-file.ts'
import { writeSafeTensors } from '../../../src/formats/safetensors.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import type { EncodeOptions } from '../../../src/models/encode/encoder.ts'
import { createLocalEngine } from '../../../src/models/engine/in-process.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import {
  fixtureFolder,
  fixtureManifests,
  largestDifference,
  openFixtures,
  vectorsOf,
} from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { learnMap, someMap } from '../../support/learned.ts'

const base = fixtureManifests.find(({ id }) => id === 'bert-float32')!
const size = base.dimensions
const TEXTS = ['the cat and the dog', 'a fish', 'the dog']

async function learn(side: 'query' | 'both') {
  const folder = temporaryFolder('adapters')
  return { folder, manifest: await learnMap(folder, base, side, { name: `bert.${side}` }) }
}

/** An engine over the base in one folder and what was learned on it in another. */
function openBoth(folder: string, manifest: Manifest) {
  return openFixtures({
    manifests: [base, manifest],
    stores: [createDirectoryStore(folder), createDirectoryStore(fixtureFolder)],
  })
}

/** What the map should make of a vector of the base: v · map, cut, then of length 1. */
function mapped(vector: Float32Array, columns = size): Float32Array {
  const map = someMap(size)
  const result = Float32Array.from({ length: columns }, (_, column) => {
    let sum = 0
    for (let row = 0; row < size; row++) sum += vector[row]! * map.data[row * size + column]!
    return sum
  })
  const length = Math.hypot(...result)
  return result.map((value) => value / length)
}

test.each<['query' | 'both', EncodeOptions, boolean]>([
  ['query', { role: 'query' }, true],
  ['query', { role: 'document' }, false],
  ['query', {}, false],
  ['both', { role: 'query' }, true],
  ['both', { role: 'document' }, true],
  ['both', {}, true],
])('of a map of side %s, maps a text with %j: %s', async (side, options, isMapped) => {
  const { folder, manifest } = await learn(side)
  const engine = openBoth(folder, manifest)
  const plain = await vectorsOf(engine, base.id, TEXTS, options)
  const vectors = await vectorsOf(engine, manifest.id, TEXTS, options)
  for (const [row, vector] of vectors.entries()) {
    const wanted = isMapped ? mapped(plain[row]!) : plain[row]!
    expect(largestDifference(vector, wanted)).toBeLessThan(1e-5)
  }
})

test('maps before it cuts columns and before it brings vectors to length 1', async () => {
  const { folder, manifest } = await learn('both')
  const engine = openBoth(folder, manifest)
  const [plain] = await vectorsOf(engine, base.id, [TEXTS[0]!])
  const [cut] = await vectorsOf(engine, manifest.id, [TEXTS[0]!], { dimensions: 8 })
  expect(largestDifference(cut!, mapped(plain!, 8))).toBeLessThan(1e-5)
  const [long] = await vectorsOf(engine, manifest.id, [TEXTS[0]!], { normalize: false })
  const length = Math.hypot(...long!)
  expect(Math.abs(length - 1)).toBeGreaterThan(1e-3)
  expect(
    largestDifference(
      long!.map((value) => value / length),
      mapped(plain!),
    ),
  ).toBeLessThan(1e-5)
})

test('gives a text the same bits alone and beside others when asked to', async () => {
  const { folder, manifest } = await learn('both')
  const engine = openBoth(folder, manifest)
  const options = { deterministic: true }
  const together = await vectorsOf(engine, manifest.id, TEXTS, options)
  for (const [row, text] of TEXTS.entries()) {
    expect((await vectorsOf(engine, manifest.id, [text], options))[0]).toEqual(together[row])
  }
})

test('maps more rows than one product takes', async () => {
  const { folder, manifest } = await learn('both')
  const engine = openBoth(folder, manifest)
  const [first] = await vectorsOf(engine, manifest.id, ['the dog'])
  const many = await vectorsOf(
    engine,
    manifest.id,
    Array.from({ length: 600 }, () => 'the dog'),
  )
  expect(largestDifference(many[599]!, first!)).toBeLessThan(1e-5)
})

/** The learned model with another file in the place of its map, whose hash its manifest has. */
async function withMap(tensors: Parameters<typeof writeSafeTensors>[0], metadata?: Record<string, string>) {
  const { folder, manifest } = await learn('both')
  const path = 'adapter.safetensors'
  const told = { base: base.id, revision: base.revision, side: 'both', ...metadata }
  const content = writeSafeTensors(tensors, told)
  writeFileSync(join(folder, manifest.id, path), content)
  const file = { path, bytes: content.length, sha256: sha256Of(content) }
  return { folder, manifest: { ...manifest, files: [...base.files, file] } }
}

const identity = (data: Float32Array, shape = [size, size]) => ({ 'linear.weight': { shape, data } })

test.each<[string, Parameters<typeof withMap>, RegExp]>([
  [
    'was learned on another base',
    [identity(someMap(size).data), { base: 'other' }],
    /was learned on other@0?[0-9a-f]{39,40} \(both\); expected bert-float32@.*it fits no other base/,
  ],
  [
    'was learned on another revision',
    [identity(someMap(size).data), { revision: 'f'.repeat(40) }],
    /was learned on bert-float32@ffff/,
  ],
  ['maps another side', [identity(someMap(size).data), { side: 'query' }], /\(query\); expected/],
  ['has another shape', [identity(new Float32Array(8), [4, 2])], /is 4 × 2; expected 32 × 32/],
  ['has a NaN', [identity(someMap(size).data.fill(Number.NaN))], /no finite number/],
  [
    'has another tensor',
    [{ W: { shape: [1], data: new Float32Array(1) } }],
    /expected a tensor linear\.weight/,
  ],
])('refuses a map that %s', async (_, parts, message) => {
  const { folder, manifest } = await withMap(...parts)
  const embedded = vectorsOf(openBoth(folder, manifest), manifest.id, ['the dog'])
  await expect(embedded).rejects.toThrow(message)
})

test('refuses a map whose bytes are not those of its manifest', async () => {
  const { folder, manifest } = await learn('query')
  const path = join(folder, manifest.id, 'adapter.safetensors')
  const bytes = readFileSync(path)
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(path, bytes)
  const embedded = vectorsOf(openBoth(folder, manifest), manifest.id, ['the dog'])
  await expect(embedded).rejects.toThrow(/File adapter\.safetensors .* is not the one in its manifest/)
})

test('says which folder lacks what, the base or the map', async () => {
  const { folder, manifest } = await learn('query')
  const open = (...folders: string[]) =>
    createLocalEngine({
      manifests: [manifest],
      stores: folders.map(createDirectoryStore),
      budgetBytes: 1e8,
      threads: 1,
      tokenBudget: 64,
    })
  await expect(vectorsOf(open(folder), manifest.id, ['x'])).rejects.toThrow(
    /expected bert-float32\/model\.onnx/,
  )
  await expect(vectorsOf(open(fixtureFolder), manifest.id, ['x'])).rejects.toThrow(
    /expected bert\.query-2026-11\/adapter\.safetensors/,
  )
})

test('takes base and map from one folder, too, and shows the tokens of the base', async () => {
  const { folder, manifest } = await learn('query')
  cpSync(join(fixtureFolder, base.id), join(folder, base.id), { recursive: true })
  const engine = openFixtures({ manifests: [base, manifest], stores: [createDirectoryStore(folder)] })
  const tokensOf = async (model: string) => {
    const job = { model, texts: ['the dog'], specialTokens: true, maxBytes: 1e6 }
    const { createContext } = await import('../../../src/context.ts')
    return Buffer.from(await engine.tokenize(job, createContext())).toString()
  }
  expect(await tokensOf(manifest.id)).toBe(await tokensOf(base.id))
})
