import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { createLocalEngine } from '../../../src/models/engine/in-process.ts'
import { createDiskCache } from '../../../src/models/files/cache.ts'
import type { Store } from '../../../src/storage/store.ts'
import { fixtureFolder, fixtureManifests } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { createMemoryStore, type MemoryStore } from '../../support/memory-store.ts'

const [small, other, third] = ['bert-int8', 'mpnet-int8', 'roberta-int8'].map(
  (id) => fixtureManifests.find((manifest) => manifest.id === id)!,
) as [Manifest, Manifest, Manifest]
const bytesOf = ({ files }: Manifest) => files.reduce((sum, { bytes }) => sum + bytes, 0)

function storeOf(...manifests: Manifest[]): MemoryStore {
  const keys = manifests.flatMap(({ id, files }) => files.map(({ path }) => `${id}/${path}`))
  return createMemoryStore(
    Object.fromEntries(keys.map((key) => [key, readFileSync(join(fixtureFolder, key))])),
  )
}

function engineOver(
  folder: string,
  stores: Store[],
  maxBytes = 1e9,
  manifests: readonly Manifest[] = fixtureManifests,
) {
  const cache = createDiskCache({ folder, maxBytes })
  const engine = createLocalEngine({
    manifests,
    stores,
    cache,
    budgetBytes: 1e9,
    threads: 1,
    tokenBudget: 512,
  })
  onTestFinished(() => engine.close())
  const embed = (model: string) => engine.embed({ model, inputs: ['nurse'], options: {} }, createContext())
  return { cache, engine, embed }
}

const files = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[]).filter((path) =>
    statSync(join(folder, path)).isFile(),
  )
const modelFiles = (folder: string) => files(folder).filter((path) => /\.(onnx|json)$/.test(path))

test('fetches each file once, and another process asks nobody', async () => {
  const folder = temporaryFolder('cache')
  const store = storeOf(small)
  const first = await engineOver(folder, [store]).embed(small.id)
  expect(new Set(store.reads.map(({ key }) => key))).toEqual(
    new Set([`${small.id}/model.onnx`, `${small.id}/tokenizer.json`]),
  )
  expect(modelFiles(folder)).toHaveLength(2)
  const before = [store.reads.length, store.stats.length]
  const second = await engineOver(folder, [store]).embed(small.id)
  expect([store.reads.length, store.stats.length]).toEqual(before)
  expect(second.vectors.data).toEqual(first.vectors.data)
})

test.each([
  ['s3://bucket/models', 's3'],
  ['https://cdn.example/models', 'web'],
  ['hub https://hub.example', 'hub'],
])('says that a model came from %s, and the next time from the cache', async (name, source) => {
  const folder = temporaryFolder('cache')
  const store = { ...storeOf(small), name }
  const { engine, embed } = engineOver(folder, [store])
  expect((await embed(small.id)).loadedFrom).toBe(source)
  expect(await embed(small.id)).not.toHaveProperty('loadedFrom')
  expect(engine.usage()).toHaveLength(1)
  const context = createContext()
  await engineOver(folder, [store]).engine.preload([small.id], context)
  const [[, values]] = [...context.metrics.entries()] as [[string, ReadonlyMap<string, number>]]
  expect([values.get('DiskCacheHits'), values.has('LoadTime/cache'), values.has('Requests')]).toEqual([
    1,
    true,
    false,
  ])
})

test('ten requests share one fetch', async () => {
  const store = storeOf(small)
  const { embed } = engineOver(temporaryFolder('cache'), [store])
  await Promise.all(Array.from({ length: 10 }, () => embed(small.id)))
  expect(store.reads.filter(({ key }) => key.endsWith('tokenizer.json'))).toHaveLength(1)
})

test('the second source serves what the first one lacks', async () => {
  const [empty, store] = [createMemoryStore({}), storeOf(small)]
  await engineOver(temporaryFolder('cache'), [empty, store]).embed(small.id)
  expect(empty.stats).toContain(`${small.id}/model.onnx`)
  expect(empty.reads).toEqual([])
})

test('a source that cannot be asked is passed over', async () => {
  const broken = createMemoryStore({})
  broken.stat = () => Promise.reject(new AppError('upstream_failed', 'The network is gone.'))
  const { vectors } = await engineOver(temporaryFolder('cache'), [broken, storeOf(small)]).embed(small.id)
  expect(vectors.rows).toBe(1)
})

test('a source that breaks off in the middle is left for the next one', async () => {
  const [breaking, store] = [storeOf(small), storeOf(small)]
  breaking.beforeChunk = () => {
    throw new AppError('upstream_failed', 'The bucket sent only 0 bytes in 10 s.')
  }
  const { embed } = engineOver(temporaryFolder('cache'), [breaking, createMemoryStore(), store])
  expect((await embed(small.id)).vectors.rows).toBe(1)
  expect(breaking.reads.length).toBeGreaterThan(0)
})

test('the last source that breaks off says so, and the next request asks again', async () => {
  const store = storeOf(small)
  store.beforeChunk = () => {
    throw new AppError('upstream_failed', 'The bucket sent only 0 bytes in 10 s.')
  }
  const { embed } = engineOver(temporaryFolder('cache'), [store, createMemoryStore()])
  await expect(embed(small.id)).rejects.toMatchObject({
    code: 'upstream_failed',
    message: expect.stringContaining('sent only 0 bytes'),
  })
  store.beforeChunk = () => {}
  expect((await embed(small.id)).vectors.rows).toBe(1)
})

test('a wrong byte is never served, leaves nothing behind and is forgotten', async () => {
  const folder = temporaryFolder('cache')
  const graph = `${small.id}/model.onnx`
  const wrong = Buffer.from(readFileSync(join(fixtureFolder, graph)))
  wrong[wrong.length >> 1]! ^= 1
  const objects: Record<string, Uint8Array> = {
    [graph]: wrong,
    [`${small.id}/tokenizer.json`]: readFileSync(join(fixtureFolder, small.id, 'tokenizer.json')),
  }
  const { embed } = engineOver(folder, [createMemoryStore(objects)])
  await expect(embed(small.id)).rejects.toThrow(expect.objectContaining({ code: 'artifact_corrupt' }))
  expect(modelFiles(folder).filter((path) => path.endsWith('.onnx'))).toEqual([])
  objects[graph] = readFileSync(join(fixtureFolder, graph))
  expect((await embed(small.id)).vectors.rows).toBe(1)
})

test('a body that breaks off leaves no half file', async () => {
  const folder = temporaryFolder('cache')
  const store = storeOf(small)
  let breaks = true
  store.beforeChunk = (key) => {
    if (breaks && key.endsWith('.onnx')) throw new Error('The connection was reset.')
  }
  const { embed } = engineOver(folder, [store])
  await expect(embed(small.id)).rejects.toThrow()
  expect(modelFiles(folder).filter((path) => path.endsWith('.onnx'))).toEqual([])
  breaks = false
  expect((await embed(small.id)).vectors.rows).toBe(1)
})

test('the least recently used model leaves when there is no room, one in use never', async () => {
  const folder = temporaryFolder('cache')
  const store = storeOf(small, other, third)
  const maxBytes = bytesOf(small) + bytesOf(other) + bytesOf(third) / 2
  const { cache, engine } = engineOver(folder, [store], maxBytes)
  for (const { id } of [small, other]) await engine.preload([id], createContext())
  await engine.close()
  const past = new Date(Date.now() - 60_000)
  for (const name of readdirSync(folder)) {
    if (name.startsWith(other.id)) utimesSync(join(folder, name), past, past)
  }
  await engineOver(folder, [store], maxBytes).embed(third.id)
  const left = new Set(modelFiles(folder).map((path) => path.split('@')[0]))
  expect(left.has(third.id)).toBe(true)
  expect(left.size).toBe(2)
  expect([small, other, third].filter((manifest) => cache.holds(manifest))).toHaveLength(2)
})

test('a model larger than the cache is refused before anything is fetched', async () => {
  const store = storeOf(small)
  const { embed } = engineOver(temporaryFolder('cache'), [store], 1000)
  await expect(embed(small.id)).rejects.toThrow(expect.objectContaining({ code: 'model_too_large' }))
  expect(store.reads).toEqual([])
})

test('a file that lost some of its bytes is fetched again', async () => {
  const folder = temporaryFolder('cache')
  const store = storeOf(small)
  await engineOver(folder, [store]).embed(small.id)
  const graph = modelFiles(folder).find((path) => path.endsWith('.onnx'))!
  truncateSync(join(folder, graph), 100)
  const reads = store.reads.length
  await engineOver(folder, [store]).embed(small.id)
  expect(store.reads.length).toBeGreaterThan(reads)
})

test('a file older than the machine is hashed again, and a changed one fetched', async () => {
  const folder = temporaryFolder('cache')
  const store = storeOf(small)
  await engineOver(folder, [store]).embed(small.id)
  const graph = join(folder, modelFiles(folder).find((path) => path.endsWith('.onnx'))!)
  const longAgo = new Date(0)
  utimesSync(graph, longAgo, longAgo)
  const reads = store.reads.length
  await engineOver(folder, [store]).embed(small.id)
  expect(store.reads).toHaveLength(reads)
  const bytes = readFileSync(graph)
  bytes[500]! ^= 1
  writeFileSync(graph, bytes)
  utimesSync(graph, longAgo, longAgo)
  await engineOver(folder, [store]).embed(small.id)
  expect(store.reads.length).toBeGreaterThan(reads)
})

test('another hash for the same revision finds nothing that was held against this one', async () => {
  const folder = temporaryFolder('cache')
  const store = storeOf(small)
  await engineOver(folder, [store]).embed(small.id)
  const changed = { ...small, files: small.files.map((file) => ({ ...file, sha256: 'a'.repeat(64) })) }
  await expect(engineOver(folder, [store], 1e9, [changed]).embed(small.id)).rejects.toThrow(
    expect.objectContaining({ code: 'artifact_corrupt' }),
  )
})

test('a model whose name could leave the folder is refused', async () => {
  const folder = temporaryFolder('cache')
  const manifest = { ...small, id: '../outside' }
  await expect(createDiskCache({ folder, maxBytes: 1e9 }).hold(manifest, createContext())).rejects.toThrow(
    expect.objectContaining({ code: 'internal' }),
  )
  expect(existsSync(join(folder, '..', 'outside'))).toBe(false)
})

test('a place that cannot be written says so', async () => {
  const folder = temporaryFolder('cache')
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  chmodSync(file, 0o444)
  await expect(engineOver(join(file, 'cache'), [storeOf(small)]).embed(small.id)).rejects.toThrow(
    expect.objectContaining({ code: 'artifact_missing' }),
  )
})

test('a caller who leaves does not stop the others', async () => {
  const store = storeOf(small)
  const { engine } = engineOver(temporaryFolder('cache'), [store])
  const leaving = new AbortController()
  const job = { model: small.id, inputs: ['nurse'], options: {} }
  let [begin, goOn] = [() => {}, () => {}]
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const held = new Promise<void>((resolve) => {
    goOn = resolve
  })
  store.beforeChunk = () => {
    begin()
    return held
  }
  const [gone, stays] = [
    engine.embed(job, createContext({ signal: leaving.signal })),
    engine.embed(job, createContext()),
  ]
  await begun
  leaving.abort()
  await expect(gone).rejects.toMatchObject({ code: 'deadline_exceeded' })
  goOn()
  expect((await stays).vectors.rows).toBe(1)
})
