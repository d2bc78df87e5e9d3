import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { createApp, createThreadedApp } from '../src/app.ts'
import { bundleProgram } from './support/bundles.ts'
import { configOf } from './support/configs.ts'
import { get, post } from './support/http.ts'
import { writeTinyModels } from './support/tiny-model.ts'

const models = writeTinyModels()

afterAll(() => models.remove())
afterEach(() => {
  vi.restoreAllMocks()
})

test('serves a real vector of the default model', async () => {
  const app = createApp(configOf(models))
  const response = await app.http.fetch(post('/embed', { input: 'data engineer' }))
  expect(await response.json()).toMatchObject({ model: 'tiny', dimensions: 8, usage: { tokens: 2 } })
  await app.close()
})

test('without a catalog of its own it serves the models that ship', async () => {
  const shipped = { modelCatalog: undefined, defaultModel: 'jobs-static' }
  const app = createApp(configOf(models, shipped))
  const { models: served } = (await (await app.http.fetch(get('/models'))).json()) as {
    models: { id: string }[]
  }
  expect(served.map(({ id }) => id)).toContain('jobs-static-2')
  expect(served.map(({ id }) => id)).not.toContain('tiny')
})

test('answers 503 with the command that brings a model which is in no source, and serves the old aliases by a setting', async () => {
  const shipped = { modelCatalog: undefined, defaultModel: 'jobs-static' }
  const app = createApp(configOf(models, { ...shipped, modelSources: [join('layers', 'models')] }))
  for (const [alias, id] of [
    ['fast', 'all-MiniLM-L6-v2'],
    ['balanced', 'all-MiniLM-L12-v2'],
    ['accurate', 'all-mpnet-base-v2'],
    ['multilingual', 'multilingual-e5-small'],
  ]) {
    const response = await app.http.fetch(post('/embed', { input: 'a', model: alias }))
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({
      error: {
        code: 'artifact_missing',
        message: expect.stringContaining(`npm run models -- pull ${id}`),
      },
    })
  }
  const modelAliases = { fast: 'jobs-static', balanced: 'all-MiniLM-L6-v2' }
  const before = createApp(configOf(models, { ...shipped, modelSources: ['layers/models'], modelAliases }))
  const response = await before.http.fetch(post('/embed', { input: 'a', model: 'fast' }))
  expect(await response.json()).toMatchObject({ model: 'jobs-static-2' })
  await app.close()
  await before.close()
})

test('preloads what the settings name, by alias too, and nothing else', async () => {
  const app = createApp(configOf(models, { preloadModels: ['little'] }))
  const loaded = async () => {
    const response = (await (await app.http.fetch(get('/models'))).json()) as {
      models: { id: string; loaded: boolean }[]
    }
    return response.models.filter((model) => model.loaded).map((model) => model.id)
  }
  expect(await loaded()).toEqual([])
  await app.preload()
  expect(await loaded()).toEqual(['tiny'])
  await app.close()
})

test('asks for the token that the settings name', async () => {
  const app = createApp(configOf(models, { authToken: 't0ken' }))
  expect((await app.http.fetch(get('/models'))).status).toBe(401)
  expect((await app.http.fetch(get('/models', { authorization: 'Bearer t0ken' }))).status).toBe(200)
})

test('keeps to the limits that the settings name', async () => {
  const app = createApp(configOf(models, { maxInputs: 2 }))
  expect((await app.http.fetch(post('/embed', { input: ['a', 'b', 'c'] }))).status).toBe(413)
})

test('runs in worker threads as well', async () => {
  const worker = await bundleProgram('functions/worker.ts')
  const app = createThreadedApp(configOf(models), worker.path('worker.js'))
  const response = await app.http.fetch(post('/embed', { input: 'nurse' }))
  expect(await response.json()).toMatchObject({ model: 'tiny', timing: { coldStart: true } })
  await app.close()
  worker.remove()
})

test('is ready when the models of PRELOAD_MODELS are there, and until it is about to stop', async () => {
  const app = createApp(configOf(models, { preloadModels: ['little'] }))
  const ready = async () => {
    const response = await app.http.fetch(get('/ready'))
    const { reason } = (await response.json()) as { reason?: string }
    return [response.status, reason]
  }
  expect(await ready()).toEqual([503, 'Models are still being loaded: tiny.'])
  await app.preload()
  expect(await ready()).toEqual([200, undefined])
  app.drain()
  expect(await ready()).toEqual([503, 'The process is about to stop.'])
  expect(app.problem()).toBeUndefined()
  expect((await app.http.fetch(get('/health'))).status).toBe(200)
  await app.close()
})

test.each([
  [{ defaultModel: 'litle' }, 'unknown_model', /DEFAULT_MODEL is wrong: .*did you mean "little"/],
  [{ preloadModels: ['little', 'x'] }, 'unknown_model', /PRELOAD_MODELS is wrong/],
  [{ modelCatalog: '/nowhere.json' }, 'invalid_request', /\/nowhere.json cannot be read/],
  [{ modelCatalog: import.meta.filename }, 'invalid_request', /is not JSON/],
])('with %o it does not start', (changes, code, message) => {
  const start = () => createApp(configOf(models, changes))
  expect(start).toThrow(expect.objectContaining({ code }))
  expect(start).toThrow(message)
})

test('logs one line of JSON for each failure; of the caller’s own nothing that was sent', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const app = createApp(configOf(models))
  expect((await app.http.fetch(post('/embed', { input: '' }))).status).toBe(400)
  const [line] = log.mock.calls[0]!
  expect(JSON.parse(String(line))).toMatchObject({ level: 'warn', code: 'empty_input', field: 'input' })
  expect(line).not.toContain('message')
  const request = post('/embed', { input: 'a', model: 'absent' }, { 'x-request-id': 'r-9' })
  expect((await app.http.fetch(request)).status).toBe(503)
  expect(log).toHaveBeenCalledTimes(2)
  expect(JSON.parse(String(log.mock.calls[1]![0]))).toMatchObject({
    level: 'error',
    requestId: 'r-9',
    code: 'artifact_missing',
  })
})

test('logs the cause of a failure, which the caller does not see', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const corrupt = writeTinyModels()
  writeFileSync(join(corrupt.folder, 'tiny', 'model.onnx'), 'version https://git-lfs.github.com/spec/v1')
  const app = createApp(configOf(corrupt))
  const response = await app.http.fetch(post('/embed', { input: 'a' }))
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('Git LFS pointer')])
  expect(JSON.parse(String(log.mock.calls[0]![0])).code).toBe('artifact_corrupt')
  corrupt.remove()
})
