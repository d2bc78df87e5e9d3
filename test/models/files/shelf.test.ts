import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import { withDiscovery } from '../../../src/models/catalog/discovery.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import * as folders from '../../../src/models/files/model-folders.ts'
import { createShelf, type ShelfParts } from '../../../src/models/files/shelf.ts'
import { openStore } from '../../../src/storage/open.ts'
import type { Store } from '../../../src/storage/store.ts'
import { fixtureManifests } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { learnMap } from '../../support/learned.ts'
import { createMemoryStore } from '../../support/memory-store.ts'
import { startWebServer } from '../../support/web-server.ts'

vi.mock('../../../src/models/files/model-folders.ts', async (original) => {
  const real = await original<typeof folders>()
  return { readModelFolder: vi.fn(real.readModelFolder), listModelFolders: vi.fn(real.listModelFolders) }
})

const base = fixtureManifests.find(({ id }) => id === 'bert-float32')!
const catalog = createCatalog(
  fixtureManifests.map((manifest) => (manifest === base ? { ...base, aliases: ['small'] } : manifest)),
)
const hub = { endpoint: 'http://127.0.0.1:9', locate: () => undefined }

beforeEach(() => {
  vi.clearAllMocks()
})

function openShelf(sources: readonly string[], parts: Partial<ShelfParts> = {}) {
  const admitted: Manifest[] = []
  const shelf = createShelf({
    catalog,
    sources,
    open: (source) => openStore(source, { hub }),
    aliases: {},
    complete: (manifest) => manifest,
    admit: (manifest) => void admitted.push(manifest),
    ...parts,
  })
  return { shelf, admitted }
}

const unknown = (id: string) =>
  expect.objectContaining({ code: 'unknown_model', message: expect.stringContaining(id) })

test('serves a model that describes itself in a folder, by its id alone, and tells the engine once', async () => {
  const folder = temporaryFolder('shelf')
  const manifest = await learnMap(folder, base, 'query')
  const { shelf, admitted } = openShelf([temporaryFolder('empty'), folder])
  expect(shelf.resolve(manifest.id)).toEqual(manifest)
  expect(shelf.resolve(manifest.id)).toEqual(manifest)
  expect(admitted).toEqual([manifest])
  expect(shelf.entries().at(-1)).toEqual({ manifest, aliases: [] })
  expect(shelf.resolve('small').id).toBe(base.id)
})

test('looks at no folder and asks no source for a name that the catalog knows', () => {
  const open = vi.fn<(source: string) => Store>()
  const { shelf } = openShelf(['/nowhere', 's3://bucket/models', 'https://example.com/m'], { open })
  for (const { manifest, aliases } of catalog.entries())
    for (const name of [manifest.id, ...aliases]) expect(shelf.resolve(name)).toBe(manifest)
  shelf.entries()
  expect(folders.readModelFolder).not.toHaveBeenCalled()
  expect(folders.listModelFolders).not.toHaveBeenCalled()
  expect(open).not.toHaveBeenCalled()
})

test('never lets a folder take the name of a model of the catalog, or of an alias', async () => {
  const folder = temporaryFolder('takers')
  const { id } = await learnMap(folder, base, 'both')
  for (const name of [base.id, 'small']) {
    mkdirSync(join(folder, name))
    const text = readFileSync(join(folder, id, 'manifest.json'), 'utf8').replaceAll(`"${id}"`, `"${name}"`)
    writeFileSync(join(folder, name, 'manifest.json'), text)
  }
  const { shelf } = openShelf([folder])
  await shelf.scan!()
  expect(shelf.resolve('small').learned).toBeUndefined()
  expect(shelf.resolve(base.id).learned).toBeUndefined()
})

test.each(['..', '.', '../models', 'a/b', '/etc', '.hidden', 'x'.repeat(101), 'a\0b', ''])(
  'looks nowhere for the name %j, which no folder of a model has',
  (name) => {
    const { shelf } = openShelf([temporaryFolder('names')])
    expect(() => shelf.resolve(name)).toThrow(expect.objectContaining({ code: 'unknown_model' }))
    expect(folders.readModelFolder).not.toHaveBeenCalled()
  },
)

test('refuses a model of another revision of its base, with both of them in the sentence', async () => {
  const folder = temporaryFolder('revisions')
  const { id } = await learnMap(folder, { ...base, revision: 'e'.repeat(40) }, 'query')
  const { shelf, admitted } = openShelf([folder])
  expect(() => shelf.resolve(id)).toThrow(
    `Model ${id} was learned on ${base.id}@${'e'.repeat(40)}; ${base.id} is here as ${base.revision}; learn it again on that one.`,
  )
  expect(admitted).toEqual([])
})

test('refuses a model whose base has another file here, or is not here', async () => {
  const folder = temporaryFolder('bases')
  const files = base.files.map((file) => ({ ...file, sha256: 'f'.repeat(64) }))
  const other = await learnMap(folder, { ...base, files }, 'query', { name: 'other' })
  const lone = await learnMap(folder, { ...base, id: 'gone' }, 'query', { name: 'lone' })
  const { shelf } = openShelf([folder])
  expect(() => shelf.resolve(other.id)).toThrow(/with another file model\.onnx than bert-float32 has here/)
  expect(() => shelf.resolve(lone.id)).toThrow(/learned on gone@.*, which is not here; add that model/)
})

test('puts a map behind a model that was learned itself', async () => {
  const folder = temporaryFolder('towers')
  const table = { side: 'table', graph: Buffer.from('g'), tokenizer: Buffer.from('{}') } as const
  const below = await learnMap(folder, base, 'both', { name: 'below', made: table, report: { any: 1 } })
  const above = await learnMap(folder, below, 'query', { name: 'above', report: { any: 2 } })
  const { shelf, admitted } = openShelf([folder])
  expect(shelf.resolve(above.id).learned!.base).toBe(below.id)
  expect(admitted.map(({ id }) => id)).toEqual([below.id, above.id])
})

test('lists every model of its folders, and says in sentences what is wrong with the others', async () => {
  const folder = temporaryFolder('lists')
  const { id } = await learnMap(folder, base, 'query')
  mkdirSync(join(folder, 'broken'))
  writeFileSync(join(folder, 'broken', 'manifest.json'), '{')
  mkdirSync(join(folder, 'huge'))
  writeFileSync(join(folder, 'huge', 'manifest.json'), ' '.repeat(2 ** 20 + 1))
  mkdirSync(join(folder, 'folder', 'manifest.json'), { recursive: true })
  mkdirSync(join(folder, 'plain'))
  symlinkSync('/nowhere', join(folder, 'dangling'))
  writeFileSync(join(folder, 'file'), '')
  const { shelf } = openShelf([folder, '/nowhere'])
  const problems = await shelf.scan!()
  expect(problems).toEqual([
    expect.stringMatching(/broken\/manifest\.json is wrong at the whole/),
    expect.stringMatching(/folder\/manifest\.json cannot be read/),
    expect.stringMatching(/huge\/manifest\.json has 1048577 bytes; expected at most 1048576/),
  ])
  expect(shelf.entries().map(({ manifest }) => manifest.id)).toContain(id)
})

test('keeps a model as it was found, whatever becomes of its folder', async () => {
  const folder = temporaryFolder('kept')
  const first = await learnMap(folder, base, 'query', { name: 'm' })
  const { shelf } = openShelf([folder])
  expect(shelf.resolve(first.id).revision).toBe(first.revision)
  await learnMap(folder, base, 'both', { name: 'm' })
  expect(shelf.resolve(first.id).revision).toBe(first.revision)
  rmSync(folder, { recursive: true })
  expect(shelf.resolve(first.id).revision).toBe(first.revision)
})

test('lets an alias of the settings lead to a learned model, away from the one it led to', async () => {
  const folder = temporaryFolder('aliases')
  const { id } = await learnMap(folder, base, 'query')
  const { shelf } = openShelf([folder], { aliases: { small: id, mine: id } })
  expect(shelf.resolve('small').id).toBe(id)
  const aliases = Object.fromEntries(shelf.entries().map((entry) => [entry.manifest.id, entry.aliases]))
  expect(aliases).toMatchObject({ [id]: ['small', 'mine'], [base.id]: [] })
})

test('has the derived files of the base, so that a learned model starts as fast', async () => {
  const folder = temporaryFolder('derived')
  const { id } = await learnMap(folder, base, 'query')
  const derived = [
    { kind: 'graph', path: 'g', bytes: 1, sha256: '1'.repeat(64), key: 'k', source: '2'.repeat(64) },
  ] as const
  const { shelf } = openShelf([folder], { catalog: createCatalog([{ ...base, derived }]) })
  expect(shelf.resolve(id).derived).toEqual(derived)
})

/** A web server as a source, with what a folder has below it. */
async function webSource(...models: readonly Manifest[]) {
  const server = await startWebServer()
  onTestFinished(() => server.close())
  for (const manifest of models)
    server.put(`${manifest.id}/manifest.json`, Buffer.from(JSON.stringify(manifest)))
  return server
}

test('asks a source elsewhere by name, once, when a name is asked for that nothing here knows', async () => {
  const manifest = await learnMap(temporaryFolder('web'), base, 'both')
  const server = await webSource(manifest)
  const { shelf, admitted } = openShelf([server.address])
  const find = () => withDiscovery(shelf, createContext(), () => shelf.resolve(manifest.id))
  expect(await Promise.all([find(), find(), find()])).toEqual([manifest, manifest, manifest])
  expect(server.requests.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    `GET /models/${manifest.id}/manifest.json`,
  ])
  expect(admitted).toEqual([manifest])
})

test('asks a source elsewhere for a name that nobody knows once a minute', async () => {
  const server = await webSource()
  const { shelf } = openShelf([server.address])
  for (let count = 0; count < 5; count++) {
    const asked = withDiscovery(shelf, createContext(), () => shelf.resolve('text-embedding-3-small'))
    await expect(asked).rejects.toThrow(unknown('text-embedding-3-small'))
  }
  expect(server.requests).toHaveLength(1)
})

test('brings the base from elsewhere, too, before what was learned on it', async () => {
  const folder = temporaryFolder('far')
  const table = { side: 'table', graph: Buffer.from('g'), tokenizer: Buffer.from('{}') } as const
  const below = await learnMap(folder, base, 'both', { name: 'below', made: table })
  const above = await learnMap(folder, below, 'query', { name: 'above' })
  const server = await webSource(below, above)
  const { shelf, admitted } = openShelf([server.address])
  await withDiscovery(shelf, createContext(), () => shelf.resolve(above.id))
  expect(admitted.map(({ id }) => id)).toEqual([below.id, above.id])
})

test('says what is wrong with a manifest elsewhere, and that a source cannot be asked', async () => {
  const server = await webSource()
  server.put('bad/manifest.json', Buffer.from('{}'))
  const { shelf } = openShelf([server.address])
  const asked = withDiscovery(shelf, createContext(), () => shelf.resolve('bad'))
  await expect(asked).rejects.toMatchObject({ code: 'artifact_corrupt' })
  server.close()
  const gone = withDiscovery(shelf, createContext(), () => shelf.resolve('other'))
  await expect(gone).rejects.toMatchObject({ code: 'upstream_failed' })
})

/** A bucket in memory under the name that a source of S3 has. */
function bucketWith(objects: Record<string, Uint8Array>) {
  const store = { ...createMemoryStore(objects), name: 's3://bucket/models' }
  const list = vi.fn(store.list)
  return { store: { ...store, list }, list }
}

test('lists the models of a bucket, asked once a minute, and never reads below a model for it', async () => {
  const manifest = await learnMap(temporaryFolder('s3'), base, 'query')
  const text = Buffer.from(JSON.stringify(manifest))
  const { store, list } = bucketWith({
    [`${manifest.id}/manifest.json`]: text,
    [`${base.id}/manifest.json`]: text,
    'other/deep/manifest.json': text,
    '..odd/manifest.json': text,
  })
  const { shelf } = openShelf(['s3://bucket/models'], { open: () => store })
  expect(await shelf.scan!()).toEqual([])
  expect(await shelf.scan!(createContext())).toEqual([])
  expect(shelf.entries().at(-1)!.manifest).toEqual(manifest)
  expect(list).toHaveBeenCalledTimes(1)
})

test('lists what is here when a bucket cannot be listed, and says so', async () => {
  const folder = temporaryFolder('half')
  const { id } = await learnMap(folder, base, 'query')
  let asked = 0
  const store: Store = {
    ...createMemoryStore(),
    name: 's3://bucket/models',
    // biome-ignore lint/correctness/useYield: it fails before the first key.
    async *list() {
      asked += 1
      throw new Error('denied')
    },
  }
  const { shelf } = openShelf([folder, 's3://bucket/models'], { open: () => store })
  expect(await shelf.scan!()).toHaveLength(1)
  expect(await shelf.scan!()).toHaveLength(1)
  expect(asked).toBe(1)
  expect(shelf.resolve(id).id).toBe(id)
})

test('names the nearest model of a folder for a name that is not quite it', async () => {
  const folder = temporaryFolder('nearest')
  const { id } = await learnMap(folder, base, 'query')
  const { shelf } = openShelf([folder])
  expect(() => shelf.resolve(id.slice(0, -1))).toThrow(`did you mean "${id}"`)
  expect(() => shelf.resolve('smal')).toThrow('did you mean "small"')
})

test('refuses to look for more than sixteen names at a time', async () => {
  const store: Store = { ...createMemoryStore(), name: 'web', read: () => new Promise(() => undefined) }
  const { shelf } = openShelf(['https://example.com/models'], { open: () => store })
  const signal = AbortSignal.timeout(60_000)
  const finds = Array.from({ length: 17 }, (_, index) =>
    withDiscovery(shelf, createContext({ signal }), () => shelf.resolve(`name-${index}`)),
  )
  await expect(Promise.race(finds)).rejects.toMatchObject({ code: 'overloaded' })
})
