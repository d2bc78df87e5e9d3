import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSafeTensors } from '../../../src/formats/safetensors.ts'
import { parseFolderManifest } from '../../../src/models/catalog/folder-manifest.ts'
import type { LearnedModel } from '../../../src/models/files/write-learned.ts'
import { learnedId, writeLearned } from '../../../src/models/files/write-learned.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { createMatrix } from '../../../src/vector/matrix.ts'
import { fixtureManifests } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'

const base = fixtureManifests.find(({ id }) => id === 'bert-float32')!
const date = new Date('2026-11-28T20:00:00Z')
const data = { sha256: 'a'.repeat(64), counts: { pairs: 2000, queries: 1800 } }

/** A map whose place [0, 1] is 5, so that rows and columns cannot be taken for each other. */
function lopsidedMap(size: number) {
  const map = createMatrix(size, size)
  map.data[1] = 5
  return map
}

function adapterOf(fields: Partial<LearnedModel> = {}): LearnedModel {
  const made = { side: 'query', map: lopsidedMap(base.dimensions) } as const
  return { name: 'bert.acme', base, made, data, date, forced: false, canaries: [], ...fields }
}

async function write(fields: Partial<LearnedModel> = {}) {
  const folder = temporaryFolder('learned')
  const manifest = await writeLearned(adapterOf(fields), createDirectoryStore(folder))
  return { manifest, folder: join(folder, manifest.id) }
}

test('writes a map with the base it belongs to, and leaves the files of the base where they are', async () => {
  const { manifest, folder } = await write({ report: { decision: 'ships' } })
  expect(manifest.id).toBe('bert.acme-2026-11')
  expect(manifest.learned).toEqual({
    side: 'query',
    base: base.id,
    revision: base.revision,
    data,
    date: '2026-11-28',
    report: 'report.json',
  })
  expect(existsSync(join(folder, base.graph))).toBe(false)
  expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))).toEqual({ decision: 'ships' })
  const { metadata, read } = readSafeTensors(readFileSync(join(folder, 'adapter.safetensors')))
  expect(metadata).toEqual({ base: base.id, revision: base.revision, side: 'query' })
  const { shape, data: weight } = read('linear.weight')
  expect(shape).toEqual([base.dimensions, base.dimensions])
  // y = W · x: the place of row 0 and column 1 of the map is that of output 1 and input 0.
  expect([weight[1], weight[base.dimensions]]).toEqual([0, 5])
})

test('writes a manifest that reads back as it was made, and takes no alias of its base', async () => {
  const { manifest, folder } = await write({ base: { ...base, aliases: ['small'] } })
  const text = readFileSync(join(folder, 'manifest.json'), 'utf8')
  expect(parseFolderManifest(text, manifest.id, 'manifest.json')).toEqual(manifest)
  expect(manifest.aliases).toEqual([])
})

test('writes a table as a whole model of its own', async () => {
  const made = {
    side: 'table',
    graph: Buffer.from('graph'),
    tokenizer: Buffer.from('{}'),
    precision: 'int8',
  } as const
  const { manifest, folder } = await write({ made, forced: true })
  expect(manifest.files.map(({ path }) => path)).toEqual(['model.onnx', 'tokenizer.json'])
  expect([manifest.precision, manifest.learned!.forced]).toEqual(['int8', true])
  expect(readFileSync(join(folder, 'model.onnx'), 'utf8')).toBe('graph')
})

test('tells models apart by side and base, and the same one by its files whatever its report says', async () => {
  const revisionWith = async (fields: Partial<LearnedModel>) => (await write(fields)).manifest.revision
  const plain = await revisionWith({})
  expect(await revisionWith({ report: { any: 1 } })).toBe(plain)
  const both = await revisionWith({ made: { side: 'both', map: lopsidedMap(base.dimensions) } })
  const other = await revisionWith({ base: { ...base, revision: 'b'.repeat(40) } })
  const lower = await revisionWith({ base: { ...base, lowercase: true } })
  expect(new Set([plain, both, other, lower]).size).toBe(4)
})

test.each([
  ['jobs.acme', 'jobs.acme-2026-11'],
  ['jobs.acme-2026-07', 'jobs.acme-2026-07'],
])('calls a model named %s %s', (name, id) => {
  expect(learnedId(name, date)).toBe(id)
})

test.each(['', '../up', '.hidden', 'a/b', 'x'.repeat(120)])(
  'refuses the name %j, which no folder can have',
  (name) => {
    expect(() => learnedId(name, date)).toThrow(/expected letters, digits/)
  },
)

test('refuses a map of another size than the vectors of the base', async () => {
  const made = { side: 'both', map: createMatrix(3, 3) } as const
  await expect(write({ made })).rejects.toThrow(/The map of bert-float32 is 3 × 3; expected 32 × 32/)
})

test('refuses to put a map behind a map', async () => {
  const { manifest } = await write()
  await expect(write({ base: manifest })).rejects.toThrow(/adapted already; learn on its base bert-float32/)
})
