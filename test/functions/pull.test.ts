import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { bundleAllDoors } from '../support/bundles.ts'
import { environmentOf } from '../support/configs.ts'
import { temporaryFolder } from '../support/folders.ts'
import { type HubServer, startHubServer } from '../support/hub-server.ts'
import { writeTinyModels } from '../support/tiny-model.ts'

const doors = await bundleAllDoors()
const models = writeTinyModels()
const [tiny, other] = models.manifests
afterAll(() => {
  doors.remove()
  models.remove()
})

/** A hub that has both models. */
async function openHub(): Promise<HubServer> {
  const hub = await startHubServer()
  onTestFinished(() => hub.close())
  for (const { id, repo, revision, files } of [tiny!, other!]) {
    for (const { path } of files) hub.put(repo, revision, path, readFileSync(join(models.folder, id, path)))
  }
  return hub
}

/** Runs the door as an init container would; its exit status and what it says. */
async function pull(hub: HubServer, cache: string, preload: string) {
  const env = {
    ...environmentOf(models),
    MODEL_SOURCES: 'hf:',
    HF_ENDPOINT: hub.endpoint,
    MODEL_CACHE: cache,
    PRELOAD_MODELS: preload,
  }
  const child = spawn(process.execPath, [doors.path('pull.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [said, complained, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { said, complained, status }
}

test('fetches each model once into the cache, where the next process finds them', async () => {
  const [hub, cache] = [await openHub(), temporaryFolder('pull')]
  const lines = ['tiny', 'other'].map(
    (id) => `Model ${id} is there; its files are as the catalog has them, and it loads.\n`,
  )
  expect(await pull(hub, cache, 'little,other')).toEqual({
    said: lines.join(''),
    complained: '',
    status: 0,
  })
  const asked = hub.requests.length
  expect(asked).toBeGreaterThan(0)
  expect((await pull(hub, cache, 'little,other')).status).toBe(0)
  expect(hub.requests.length).toBe(asked)
})

test('fails when a file is not the one that the catalog has', async () => {
  const hub = await openHub()
  const { path, bytes } = tiny!.files[0]!
  hub.put(tiny!.repo, tiny!.revision, path, Buffer.alloc(bytes))
  const { complained, status } = await pull(hub, temporaryFolder('pull'), 'tiny')
  expect(status).toBe(1)
  expect(complained).toContain('SHA-256')
})

test('fails when it is told of no model', async () => {
  const { complained, status } = await pull(await openHub(), temporaryFolder('pull'), '')
  expect(status).toBe(1)
  expect(complained).toBe(
    'There is nothing to fetch: PRELOAD_MODELS is empty; expected names of models, with commas.\n',
  )
})
