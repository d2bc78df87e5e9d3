import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import shipped from '../../src/models/catalog/catalog.json' with { type: 'json' }
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { because } from '../support/because.ts'
import { type HubServer, startHubServer } from '../support/hub-server.ts'
import { readText } from '../support/markdown.ts'
import { modelsFolder } from '../support/shared.ts'
import { hubModel, modelFiles } from '../support/shipped-model.ts'
import { startWebServer } from '../support/web-server.ts'
import {
  type BuiltImage,
  buildImage,
  dockerfile,
  linter,
  missingForImage,
  type Running,
  runIn,
  treeOf,
  volumeFor,
} from './built-image.ts'

const missing = missingForImage()
const title = `the image${because(missing)}`
if (missing) console.warn(title)

/** What the issue of an image may add to its base. */
const MOST_BYTES = 120_000_000
const fast = (shipped as Manifest[]).find(({ aliases }) => aliases.includes('fast'))!
const fastFolder = join(modelsFolder, fast.id)
const hasFast = existsSync(join(fastFolder, fast.graph))

it.skipIf(!existsSync(linter))(
  `has a Dockerfile without faults${existsSync(linter) ? '' : ' (skipped: no hadolint; run npm run test:image)'}`,
  () => {
    const { status, stdout } = spawnSync(linter, [dockerfile], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
  },
)

describe.skipIf(missing !== undefined)(title, () => {
  let hub: HubServer
  let image: BuiltImage
  beforeAll(async () => {
    hub = await startHubServer()
    for (const { path } of hasFast ? fast.files : []) {
      const large = path === fast.graph
      hub.put(fast.repo, fast.revision, path, readFileSync(join(fastFolder, path)), large)
    }
    image = await buildImage(hasFast ? { MODELS: 'fast', HF_ENDPOINT: hub.endpoint } : {})
  }, 1_800_000)
  afterAll(() => {
    hub?.close()
    image?.remove()
  })

  it('adds the programs, the runtime of one platform and the bundled model, and nothing else', () => {
    const base = treeOf(image.base)
    const added = [...treeOf(image.folder)].filter(([path, bytes]) => base.get(path) !== bytes)
    const places = new Set(added.map(([path]) => path.split('/').slice(0, 3).join('/')))
    expect(added.filter(([path]) => !path.startsWith('app/') && !path.startsWith('etc/'))).toEqual([])
    expect(
      [...places].filter((path) => path.startsWith('app/') && !path.startsWith('app/dist/')).sort(),
    ).toEqual([
      'app/LICENSE',
      'app/layers/models',
      'app/node_modules/onnxruntime-common',
      'app/node_modules/onnxruntime-node',
    ])
    const libraries = added.map(([path]) => path).filter((path) => /\.(so\.\d+|node|dylib|dll)$/.test(path))
    expect(libraries).toHaveLength(2)
    const programs = added.map(([path]) => path).filter((path) => path.startsWith('app/dist/'))
    for (const door of ['server', 'worker', 'batch-thread']) expect(programs).toContain(`app/dist/${door}.js`)
    expect(programs.filter((path) => /\/(embed|match|batch|split)\.|\.ts$/.test(path))).toEqual([])
    const extra = added.filter(([path]) => path.startsWith(`app/layers/models/${fast.id}/`))
    expect(extra.length > 0).toBe(hasFast)
    const bytesOf = (files: typeof added) => files.reduce((sum, [, bytes]) => sum + bytes, 0)
    const own = bytesOf(added) - bytesOf(extra)
    expect(own).toBeLessThanOrEqual(MOST_BYTES)
    const [, x64, arm64] = /(\d+) MB on top of .* for x64, (\d+) for arm64/.exec(readText('docs/deploy.md'))!
    expect(Math.abs(Number(process.arch === 'arm64' ? arm64 : x64) - own / 1e6)).toBeLessThan(3)
  })

  it('is for a user who is not root, whom Kubernetes can tell by the number', () => {
    expect(image.settings.User).toBe('1000:1000')
  })

  it('serves from a file system that cannot be written, is healthy until it ends, and ends well', async () => {
    const { address, server } = await serve()
    const [canary] = hubModel.canaries
    const [vector] = await embed(address, { input: canary!.text })
    expect(vector!.slice(0, 3).map((value) => value.toFixed(4))).toEqual(
      canary!.values.slice(0, 3).map((value) => value.toFixed(4)),
    )
    const health = () =>
      runIn(image, image.settings.Healthcheck.Test.slice(1), { PORT: new URL(address).port }).ended
    expect(await health()).toBe(0)
    const writing = runIn(image, ['sh', '-c', 'id -u; touch /app/x /tmp/x /var/cache/models/x'])
    expect(await writing.ended).not.toBe(0)
    expect(writing.output.join('')).toMatch(/^1000\n(.*Read-only file system\n){3}$/)
    expect(await server.stop()).toBe(0)
    expect(await health()).toBe(1)
  })

  it('keeps models of elsewhere in its cache, where a volume for them is', async () => {
    const web = await startWebServer()
    const volume = volumeFor(image)
    onTestFinished(() => {
      web.close()
      volume.remove()
    })
    for (const [path, body] of modelFiles()) web.put(`${hubModel.id}/${path}`, body)
    const { address } = await serve({ MODEL_SOURCES: web.address }, volume.path)
    expect(await embed(address, { input: 'nurse' })).toHaveLength(1)
    expect([...treeOf(volume.path).keys()].some((path) => path.endsWith(hubModel.graph))).toBe(true)
  })

  it('says what is missing where models come from elsewhere and nothing can be written', async () => {
    const web = await startWebServer()
    onTestFinished(() => web.close())
    for (const [path, body] of modelFiles()) web.put(`${hubModel.id}/${path}`, body)
    const { address } = await serve({ MODEL_SOURCES: web.address })
    const answer = await post(address, { input: 'nurse' })
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('set MODEL_CACHE to a directory that can be written')
  })

  const lacking = because(!hasFast && `no ${fastFolder}; MODELS names another place`)
  it.skipIf(!hasFast)(
    `has the models of the argument MODELS, and asks nobody for them${lacking}`,
    async () => {
      hub.close()
      const { address } = await serve()
      const [vector] = await embed(address, { model: 'fast', input: 'data engineer' })
      expect(vector).toHaveLength(fast.dimensions)
    },
  )

  /** Starts the server of the image on a free port of this machine, and waits until it listens. */
  async function serve(
    environment: Readonly<Record<string, string>> = {},
    cache?: string,
  ): Promise<{ readonly address: string; readonly server: Running }> {
    const settings = { PORT: '0', HOST: '127.0.0.1', ...environment }
    const server = runIn(image, image.settings.Cmd, settings, cache)
    onTestFinished(async () => void (await server.stop()))
    const listening = () => /Listening on (http:\S+)/.exec(server.output.join(''))?.[1]
    await expect.poll(listening).toBeDefined()
    return { address: listening()!, server }
  }
})

function post(address: string, body: Readonly<Record<string, unknown>>): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${address}/embed`, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function embed(address: string, body: Readonly<Record<string, unknown>>): Promise<number[][]> {
  const answer = await post(address, body)
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  const { embeddings }: { embeddings: number[][] } = JSON.parse(text)
  return embeddings
}
