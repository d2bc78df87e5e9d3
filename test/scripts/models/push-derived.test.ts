import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runModelCommand } from '../../../scripts/models/commands.ts'
import { planPush, pushFile } from '../../../scripts/models/push.ts'
import { pinModels } from '../../../src/models/catalog/lock.ts'
import type { DerivedFile } from '../../../src/models/catalog/manifest.ts'
import { parsePins } from '../../../src/models/catalog/manifest-file.ts'
import { verifiedGraph } from '../../../src/models/encode/load-derived.ts'
import { locateArtifacts } from '../../../src/models/files/artifacts.ts'
import { graphKey } from '../../../src/models/runtime/session.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { createMemoryStore } from '../../support/memory-store.ts'
import { tinyEncoder, writeModel } from '../../support/tiny-encoder.ts'
import { unigramFile } from '../../tokenizer/unigram/files.ts'

const tokenizer = unigramFile([
  ['▁', -2],
  ['a', -3],
  ['b', -3],
  ['▁ab', -4],
])

/** A model that was pulled when the runtime was another one. */
function pulledModel() {
  const folder = temporaryFolder('push')
  const models = join(folder, 'models')
  const manifest = writeModel(models, 'tiny', { graph: tinyEncoder(), tokenizer })
  const { revision, maxTokens, files } = manifest
  const source = files.find(({ path }) => path === manifest.graph)!.sha256
  const stale = { path: 'onnx/model.ort-0.0.0.onnx', bytes: 1, sha256: 'f'.repeat(64) }
  const derived: DerivedFile[] = [{ kind: 'graph', key: 'ort-0.0.0', source, ...stale }]
  const [catalog, lock] = [join(folder, 'catalog.json'), join(folder, 'models.lock.json')]
  writeFileSync(catalog, JSON.stringify([manifest]))
  writeFileSync(lock, JSON.stringify({ tiny: { revision, maxTokens, files, derived } }))
  const printed: string[] = []
  const settings = {
    catalog,
    lock,
    folder: models,
    others: [],
    environment: {},
    print: (line: string) => void printed.push(line),
  }
  const push = (dryRun: boolean) => runModelCommand('push', [join(folder, 'bucket')], { ...settings, dryRun })
  const pin = () => parsePins(readFileSync(lock, 'utf8'), lock).tiny!
  return { manifest, printed, push, pin, models, bucket: join(folder, 'bucket') }
}

it('a push makes the graph for this runtime, pins it, and a cold start takes it from there', async () => {
  const { manifest, printed, push, pin, bucket } = pulledModel()
  await push(true)
  expect(printed[0]).toBe('would derive   tiny: its graph as this version of the runtime optimizes it')
  expect(pin().derived.map(({ key }) => key)).toEqual(['ort-0.0.0'])
  await push(false)
  const graph = pin().derived.find(({ kind }) => kind === 'graph')!
  expect(graph).toMatchObject({
    key: await graphKey(),
    source: pin().files.find(({ path }) => path === manifest.graph)!.sha256,
  })
  const bytes = readFileSync(join(bucket, 'tiny', graph.path))
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(graph.sha256)
  const [pinned] = pinModels([manifest], { tiny: pin() }).manifests
  const artifacts = await locateArtifacts(pinned!, [createDirectoryStore(bucket)])
  expect((await verifiedGraph(pinned!, artifacts)).optimized).toBe(true)
  printed.length = 0
  await push(false)
  expect(printed.filter((line) => !line.startsWith('there already'))).toEqual([])
})

it('a graph in the bucket that the lock does not prove is not taken, nor one of other bytes', async () => {
  const { manifest, push, pin, bucket } = pulledModel()
  await push(false)
  const artifacts = await locateArtifacts(manifest, [createDirectoryStore(bucket)])
  expect((await verifiedGraph(manifest, artifacts)).optimized).toBe(false)
  const graph = pin().derived.find(({ kind }) => kind === 'graph')!
  writeFileSync(join(bucket, 'tiny', graph.path), Buffer.alloc(graph.bytes))
  const [pinned] = pinModels([manifest], { tiny: pin() }).manifests
  const changed = await locateArtifacts(pinned!, [createDirectoryStore(bucket)])
  await expect(verifiedGraph(pinned!, changed)).rejects.toMatchObject({ code: 'artifact_corrupt' })
})

it('a pushed graph is stamped with its runtime, the processor it was made on and the hash of its source', async () => {
  const { manifest, push, pin, models } = pulledModel()
  await push(false)
  const [pinned] = pinModels([manifest], { tiny: pin() }).manifests
  const store = createMemoryStore()
  for (const step of await planPush([pinned!], store, () => undefined)) await pushFile(step, models, store)
  const graph = pin().derived.find(({ kind }) => kind === 'graph')!
  const { kind, key, source, sha256 } = graph
  expect((await store.stat(`tiny/${graph.path}`))!.metadata).toEqual({
    kind,
    key,
    source,
    sha256,
    processor: process.arch,
  })
  expect((await store.stat(`tiny/${manifest.graph}`))!.metadata).toEqual({ sha256: source })
})
