import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { type EngineSettings, openEngine } from '../../../src/models/engine/open.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { nameMain, putInHubCache } from '../../support/hub-cache.ts'
import { hubModel, modelFiles, settingsFor, shippedFolder } from '../../support/shipped-model.ts'
import { startWebServer } from '../../support/web-server.ts'

const files = modelFiles()

async function embed(settings: EngineSettings): Promise<number[]> {
  const engine = openEngine(settings)
  try {
    const job = { model: hubModel.id, inputs: ['data engineer'], options: {} }
    return Array.from((await engine.embed(job, createContext())).vectors.data)
  } finally {
    await engine.close()
  }
}

const right = await embed(settingsFor('/nowhere', [shippedFolder]))

function withGraph(body: Uint8Array): ReadonlyMap<string, Uint8Array> {
  return new Map([...files, [hubModel.graph, body]])
}

describe('an engine over a cache of the hub', () => {
  const cacheWith = (bodies: ReadonlyMap<string, Uint8Array>, commit = hubModel.revision) => {
    const folder = temporaryFolder('hub-cache')
    for (const [path, body] of bodies) {
      putInHubCache(folder, { repo: hubModel.repo, commit, path, body, large: path === hubModel.graph })
    }
    return folder
  }

  it('gives the vectors of its files, and copies nothing', async () => {
    const cache = join(temporaryFolder('cache'), 'never-made')
    expect(await embed(settingsFor(cache, [cacheWith(files)]))).toEqual(right)
    expect(() => readdirSync(cache)).toThrow()
  })

  it('refuses a file with one wrong byte in the snapshot of its commit', async () => {
    const wrong = Buffer.from(files.get(hubModel.graph)!)
    wrong[5_000_000]! ^= 1
    await expect(embed(settingsFor('/nowhere', [cacheWith(withGraph(wrong))]))).rejects.toMatchObject({
      code: 'artifact_corrupt',
      details: { path: hubModel.graph },
    })
  })

  it('takes the files of a later commit that left them as they were, and no others', async () => {
    const later = 'f'.repeat(40)
    const same = cacheWith(files, later)
    nameMain(same, hubModel.repo, later)
    const changed = cacheWith(withGraph(Buffer.alloc(files.get(hubModel.graph)!.length)), later)
    nameMain(changed, hubModel.repo, later)
    expect(await embed(settingsFor('/nowhere', [changed, same]))).toEqual(right)
  })
})

describe('an engine over a web server', () => {
  const serveModel = async (bodies: ReadonlyMap<string, Uint8Array>) => {
    const server = await startWebServer()
    onTestFinished(() => server.close())
    for (const [path, body] of bodies) server.put(`${hubModel.id}/${path}`, body)
    return server
  }

  it('fetches a model once and gives the vectors of its files', async () => {
    const server = await serveModel(files)
    const settings = settingsFor(temporaryFolder('cache'), [server.address])
    expect(await embed(settings)).toEqual(right)
    const asked = server.requests.length
    expect(asked).toBeGreaterThan(0)
    expect(await embed(settings)).toEqual(right)
    expect(server.requests.length).toBe(asked)
  })

  it('passes over a server without the model', async () => {
    const sources = [(await serveModel(new Map())).address, (await serveModel(files)).address]
    expect(await embed(settingsFor(temporaryFolder('cache'), sources))).toEqual(right)
  })

  it('refuses a file with one wrong byte, and keeps nothing of it', async () => {
    const wrong = Buffer.from(files.get(hubModel.graph)!)
    wrong[5_000_000]! ^= 1
    const folder = temporaryFolder('cache')
    const { address } = await serveModel(withGraph(wrong))
    await expect(embed(settingsFor(folder, [address]))).rejects.toMatchObject({
      code: 'artifact_corrupt',
      details: { path: hubModel.graph },
    })
    const kept = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    expect(kept.filter((path) => path.endsWith(hubModel.graph))).toEqual([])
  })
})
