import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  createBucket,
  type S3Server,
  startS3Server,
  useCredentials,
} from '../../../scripts/servers/s3-server.ts'
import { createContext } from '../../../src/context.ts'
import type { DerivedFile, Manifest } from '../../../src/models/catalog/manifest.ts'
import { type EngineSettings, hubLocator, openEngine } from '../../../src/models/engine/open.ts'
import { createS3Store } from '../../../src/storage/s3.ts'
import { WORD_PIECE } from '../../../src/tokenizer/word-piece/flat.ts'
import { describeWithS3 } from '../../support/describe-s3.ts'
import { startFaultyProxy } from '../../support/faulty-proxy.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { startHubServer } from '../../support/hub-server.ts'
import { manifestOf } from '../../support/manifests.ts'
import { hubModel, modelFiles, settingsFor, shippedFolder } from '../../support/shipped-model.ts'

const files = modelFiles()
const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9456488\n'

async function embed(settings: EngineSettings, context = createContext()): Promise<number[]> {
  const engine = openEngine(settings)
  try {
    const job = { model: hubModel.id, inputs: ['data engineer'], options: {} }
    return Array.from((await engine.embed(job, context)).vectors.data)
  } finally {
    await engine.close()
  }
}

const right = await embed(settingsFor('/nowhere', [shippedFolder]))

async function openHub(bodies: ReadonlyMap<string, Uint8Array> = files) {
  const hub = await startHubServer()
  onTestFinished(() => hub.close())
  for (const [path, body] of bodies) {
    hub.put(hubModel.repo, hubModel.revision, path, body, path === hubModel.graph)
  }
  return hub
}

function withGraph(body: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map([...files, [hubModel.graph, body]])
}

describe('an engine over the hub', () => {
  it('fetches a model once and gives the vectors of its files', async () => {
    const hub = await openHub()
    const folder = temporaryFolder('cache')
    const settings = settingsFor(folder, ['hf:'], { hubEndpoint: hub.endpoint })
    expect(await embed(settings)).toEqual(right)
    const asked = hub.requests.length
    expect(await embed(settings)).toEqual(right)
    expect(hub.requests.length).toBe(asked)
  })

  it('uses a directory in place, and asks nobody', async () => {
    const hub = await openHub()
    const folder = join(temporaryFolder('cache'), 'never-made')
    const settings = settingsFor(folder, [shippedFolder, 'hf:'], { hubEndpoint: hub.endpoint })
    expect(await embed(settings)).toEqual(right)
    expect(hub.requests).toEqual([])
    expect(() => readdirSync(folder)).toThrow()
  })

  it('passes over a source that has not got the model', async () => {
    const hub = await openHub()
    const empty = temporaryFolder('empty')
    const settings = settingsFor(temporaryFolder('cache'), [empty, 'hf:'], { hubEndpoint: hub.endpoint })
    expect(await embed(settings)).toEqual(right)
  })

  it('passes over a hub without the model, to a directory behind it', async () => {
    const hub = await startHubServer()
    onTestFinished(() => hub.close())
    const settings = settingsFor(temporaryFolder('cache'), ['hf:', shippedFolder], {
      hubEndpoint: hub.endpoint,
    })
    expect(await embed(settings)).toEqual(right)
  })

  it('names every source and its reason when none has the model', async () => {
    const hub = await startHubServer()
    onTestFinished(() => hub.close())
    const empty = temporaryFolder('empty')
    const settings = settingsFor(temporaryFolder('cache'), [empty, 'hf:'], { hubEndpoint: hub.endpoint })
    await expect(embed(settings)).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringMatching(/directory .*empty.*hub http.*401 RepoNotFound/),
    })
  })

  it.each([
    ['a Git LFS pointer', Buffer.from(pointer), 'Git LFS pointer'],
    ['a truncated file', files.get(hubModel.graph)!.subarray(0, 5_000_000), '5000000 bytes'],
    ['other bytes of the same size', Buffer.alloc(files.get(hubModel.graph)!.length), 'SHA-256'],
  ])('refuses %s before it is fetched, and keeps nothing of it', async (_name, body, reason) => {
    const hub = await openHub(withGraph(body))
    const folder = temporaryFolder('cache')
    const settings = settingsFor(folder, ['hf:'], { hubEndpoint: hub.endpoint })
    await expect(embed(settings)).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: expect.stringContaining(reason),
    })
    const kept = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    expect(kept.filter((path) => path.endsWith(hubModel.graph))).toEqual([])
    const fetched = hub.requests.filter(({ host, range }) => host === 'files' && range !== undefined)
    expect(fetched).toEqual([])
  })

  it('answers in time although a source drips', async () => {
    const hub = await openHub()
    const proxy = await startFaultyProxy(hub.endpoint)
    onTestFinished(() => proxy.close())
    proxy.faultOf = () => ({ kind: 'drip', afterBytes: 1000, bytes: 100, everyMs: 50 })
    const engine = openEngine(settingsFor(temporaryFolder('cache'), ['hf:'], { hubEndpoint: proxy.endpoint }))
    const job = { model: hubModel.id, inputs: ['data engineer'], options: {} }
    // The drip would take over an hour: without a deadline this test runs into its time limit.
    const late = engine.embed(job, createContext({ deadline: Date.now() + 300 }))
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' })
    await engine.close()
  })
})

describe('hubLocator', () => {
  const locate = hubLocator([
    manifestOf({ id: 'a', repo: 'x/a', files: [{ path: 'onnx/m.onnx', bytes: 1, sha256: '0'.repeat(64) }] }),
    manifestOf({
      id: 'own',
      repo: 'serverless-embeddings/own',
      files: [{ path: 'm', bytes: 1, sha256: '' }],
    }),
  ])

  it('knows the files of a manifest, and no others', () => {
    expect(locate('a/onnx/m.onnx')).toEqual({
      repo: 'x/a',
      revision: '0'.repeat(40),
      path: 'onnx/m.onnx',
      bytes: 1,
      sha256: '0'.repeat(64),
    })
    for (const key of ['a/other', 'b/onnx/m.onnx', 'a', 'own/m']) expect(locate(key)).toBeUndefined()
  })
})

describeWithS3('an engine over S3', () => {
  let server: S3Server
  beforeAll(async () => {
    server = await startS3Server()
    useCredentials(server)
  }, 120_000)

  const push = async (bodies: ReadonlyMap<string, Uint8Array>) => {
    const bucket = await createBucket(server)
    const store = createS3Store({ bucket, prefix: 'models', endpoint: server.endpoint })
    for (const [path, body] of bodies) await store.write!(`${hubModel.id}/${path}`, body)
    return `s3://${bucket}/models`
  }
  const settingsOver = (sources: readonly string[], folder = temporaryFolder('cache')) =>
    settingsFor(folder, sources, { s3Endpoint: server.endpoint })

  it('gives the vectors of its files', async () => {
    expect(await embed(settingsOver([await push(files)]))).toEqual(right)
  })

  it('passes over a bucket without the model, and one that does not exist', async () => {
    const sources = [await push(new Map()), 's3://no-such-bucket/models', await push(files)]
    expect(await embed(settingsOver(sources))).toEqual(right)
  })

  it('asks S3 for what a directory does not have', async () => {
    const empty = temporaryFolder('empty')
    expect(await embed(settingsOver([empty, await push(files)]))).toEqual(right)
  })

  it.each([
    ['a Git LFS pointer', Buffer.from(pointer)],
    ['a truncated file', files.get(hubModel.graph)!.subarray(0, 5_000_000)],
    ['wrong bytes', Buffer.alloc(files.get(hubModel.graph)!.length)],
  ])('refuses %s, and loads the right file once it is there', async (_name, body) => {
    const source = await push(withGraph(body))
    const folder = temporaryFolder('cache')
    await expect(embed(settingsOver([source], folder))).rejects.toMatchObject({ code: 'artifact_corrupt' })
    const [, bucket] = /^s3:\/\/([^/]+)/.exec(source)!
    const store = createS3Store({ bucket: bucket!, prefix: 'models', endpoint: server.endpoint })
    await store.write!(`${hubModel.id}/${hubModel.graph}`, files.get(hubModel.graph)!)
    expect(await embed(settingsOver([source], folder))).toEqual(right)
  })

  it('refuses a manifest whose hash is wrong, whatever the cache holds', async () => {
    const source = await push(files)
    const folder = temporaryFolder('cache')
    await embed(settingsOver([source], folder))
    const wrong: Manifest = {
      ...hubModel,
      files: hubModel.files.map((file) => ({ ...file, sha256: 'f'.repeat(64) })),
    }
    const settings = { ...settingsOver([source], folder), manifests: [wrong] }
    await expect(embed(settings)).rejects.toMatchObject({ code: 'artifact_corrupt' })
    expect(await embed(settingsOver([source], folder))).toEqual(right)
  })

  it('does without a derived file that the source has not', async () => {
    const source = await push(files)
    const { sha256 } = hubModel.files.find(({ path }) => path === hubModel.tokenizer)!
    const absent = { path: 'absent.flat', bytes: 10, sha256: '0'.repeat(64) }
    const derived: DerivedFile[] = [{ ...absent, kind: 'tokenizer', key: WORD_PIECE.name, source: sha256 }]
    const folder = temporaryFolder('cache')
    const settings = { ...settingsOver([source], folder), manifests: [{ ...hubModel, derived }] }
    expect(await embed(settings)).toEqual(right)
    // Nor does it matter later that the source cannot be asked any more.
    expect(
      await embed({ ...settings, fetching: { ...settings.fetching!, s3Endpoint: 'http://127.0.0.1:9' } }),
    ).toEqual(right)
  })

  it('survives a directory whose graph is there and whose tokenizer is not, with one clear error', async () => {
    const folder = temporaryFolder('half')
    const path = join(folder, hubModel.id, hubModel.graph)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, files.get(hubModel.graph)!)
    await expect(embed(settingsOver([folder, await push(files)]))).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringContaining(hubModel.tokenizer),
    })
  })
})
