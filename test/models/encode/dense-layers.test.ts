import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { fixtureFolder, fixtureManifests, openFixtures, vectorsOf } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { floatTensor, writeSafeTensors } from '../../support/safe-tensors.ts'

const plain = fixtureManifests.find(({ id }) => id === 'bert-float32')!
const { dimensions: hidden } = plain
const OUTPUTS = 40
const WEIGHT = Array.from({ length: OUTPUTS * hidden }, (_, index) => Math.sin(index) / 8)
const BIAS = Array.from({ length: OUTPUTS }, (_, index) => index / 100)
const query = writeSafeTensors({
  'linear.weight': floatTensor([OUTPUTS, hidden], WEIGHT),
  'linear.bias': floatTensor([OUTPUTS], BIAS),
})
const document = writeSafeTensors({
  'linear.weight': floatTensor(
    [OUTPUTS, hidden],
    WEIGHT.map((value) => -value),
  ),
})

/** The fixture with a head for each side of a pair, in a folder of its own. */
function withHeads(fields: Partial<Manifest> = {}): { folder: string; manifest: Manifest } {
  const folder = temporaryFolder('heads')
  cpSync(join(fixtureFolder, plain.id), join(folder, plain.id), { recursive: true })
  const heads = { '2_Asym/a/model.safetensors': query, '2_Asym/b/model.safetensors': document }
  const files = Object.entries(heads).map(([path, content]) => {
    mkdirSync(dirname(join(folder, plain.id, path)), { recursive: true })
    writeFileSync(join(folder, plain.id, path), content)
    return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
  })
  const manifest: Manifest = {
    ...plain,
    dimensions: OUTPUTS,
    normalize: false,
    files: [...plain.files, ...files],
    heads: {
      query: { path: files[0]!.path, activation: 'tanh' },
      document: { path: files[1]!.path, activation: 'identity' },
    },
    ...fields,
  }
  return { folder, manifest }
}

const TEXT = 'the cat and the dog'

/** The vector before any head. */
async function poolText(): Promise<Float32Array> {
  const engine = openFixturesOf(fixtureFolder, { ...plain, normalize: false })
  return (await vectorsOf(engine, plain.id, [TEXT]))[0]!
}

function openFixturesOf(folder: string, manifest: Manifest) {
  return openFixtures({ manifests: [manifest], stores: [createDirectoryStore(folder)] })
}

function mapped(pooled: Float32Array, sign: number, bias: readonly number[]): number[] {
  return Array.from({ length: OUTPUTS }, (_, output) => {
    let sum = bias[output] ?? 0
    for (let index = 0; index < hidden; index++)
      sum += sign * WEIGHT[output * hidden + index]! * pooled[index]!
    return sum
  })
}

test('maps the pooled vector by the head of its role, the first without one', async () => {
  const { folder, manifest } = withHeads()
  const engine = openFixturesOf(folder, manifest)
  const pooled = await poolText()
  const asQuery = mapped(pooled, 1, BIAS).map(Math.tanh)
  for (const role of ['query', undefined, 'other']) {
    const [vector] = await vectorsOf(engine, plain.id, [TEXT], { role })
    for (const [index, value] of asQuery.entries()) expect(vector![index]).toBeCloseTo(value, 5)
  }
  const [vector] = await vectorsOf(engine, plain.id, [TEXT], { role: 'document' })
  for (const [index, value] of mapped(pooled, -1, []).entries()) expect(vector![index]).toBeCloseTo(value, 5)
})

test('normalizes after the head, and says how many columns the head makes', async () => {
  const { folder, manifest } = withHeads({ normalize: true })
  const [vector] = await vectorsOf(openFixturesOf(folder, manifest), plain.id, [TEXT])
  expect(vector).toHaveLength(OUTPUTS)
  expect(Math.hypot(...vector!)).toBeCloseTo(1, 5)
})

test('refuses a head of another width than the manifest promises', async () => {
  const { folder, manifest } = withHeads({ dimensions: OUTPUTS + 1 })
  const loading = vectorsOf(openFixturesOf(folder, manifest), plain.id, [TEXT])
  await expect(loading).rejects.toThrow(/makes 40 columns; expected the manifest's 41/)
})

test('refuses a head that reads another width than the graph gives', async () => {
  const { folder, manifest } = withHeads()
  const narrow = writeSafeTensors({
    'linear.weight': floatTensor([OUTPUTS, hidden - 1], WEIGHT.slice(0, OUTPUTS * (hidden - 1))),
  })
  const sha256 = createHash('sha256').update(narrow).digest('hex')
  const swap = (paths: readonly string[]) => {
    for (const path of paths) writeFileSync(join(folder, plain.id, path), narrow)
    const files = manifest.files.map((file) =>
      paths.includes(file.path) ? { ...file, bytes: narrow.length, sha256 } : file,
    )
    return vectorsOf(openFixturesOf(folder, { ...manifest, files }), plain.id, [TEXT])
  }
  const paths = Object.values(manifest.heads!).map(({ path }) => path)
  await expect(swap(paths.slice(1))).rejects.toThrow(/reads 31 columns; expected 32 as the first head does/)
  await expect(swap(paths)).rejects.toThrow(/gives vectors of 32 columns .* expected the manifest's 31/)
})

test('refuses a bias of another length than the head has outputs', async () => {
  const { folder, manifest } = withHeads()
  const { path } = manifest.heads!.query!
  const short = writeSafeTensors({
    'linear.weight': floatTensor([OUTPUTS, hidden], WEIGHT),
    'linear.bias': floatTensor([OUTPUTS - 1], BIAS.slice(1)),
  })
  writeFileSync(join(folder, plain.id, path), short)
  const sha256 = createHash('sha256').update(short).digest('hex')
  const files = manifest.files.map((file) =>
    file.path === path ? { path, bytes: short.length, sha256 } : file,
  )
  const loading = vectorsOf(openFixturesOf(folder, { ...manifest, files }), plain.id, [TEXT])
  await expect(loading).rejects.toThrow(/has a bias of 39 values; expected the manifest's 40/)
})
