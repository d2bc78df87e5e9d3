import { expect, test } from 'vitest'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import type { GeneratorManifest } from '../../src/models/catalog/generator-manifest.ts'
import { createServices } from '../../src/services/services.ts'
import { createTestApp, post } from '../support/http.ts'
import { manifestOf } from '../support/manifests.ts'
import { quotingJudge } from '../support/quoting.ts'
import { createWordEngine } from '../support/word-engine.ts'

const settings = {
  model: 'judge',
  top: 10,
  tokens: 300,
  weight: 0.25,
  timeoutMs: undefined,
  cacheEntries: 10,
}

/** A server of which the judge runs on its own machine. */
function serve(parameters: number) {
  const engine = createWordEngine()
  const fake = quotingJudge((resume) => [resume, 'a lie'])
  const resolve = (name: string) =>
    ({ ...fake.models.resolve(name), runtime: 'gguf', revision: 'a', parameters }) as GeneratorManifest
  const { match } = createServices({
    catalog: createCatalog([manifestOf({ id: 'small', dimensions: 64 })]),
    engine,
    defaultModel: 'small',
    judge: { models: async () => ({ ...fake.models, resolve }), settings },
  })
  const app = createTestApp({ match })
  const ask = (judge: object) =>
    app.fetch(post('/match', { query: 'night nurse', candidates: ['nurse', 'cook'], judge }))
  return { ask, engine, fake }
}

test('a small judge of this machine that is asked for quotes is a 422 that names the field, before any work', async () => {
  const { ask, engine, fake } = serve(600_000_000)
  const response = await ask({ quotes: true })
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({
    error: {
      code: 'unsupported_task',
      message: expect.stringMatching(/has 0\.6 billion parameters/),
      details: { field: 'judge.quotes' },
    },
  })
  expect([engine.jobs, fake.asked]).toEqual([[], []])
})

test('a judge of eight billion parameters quotes, and the answer says what was dropped', async () => {
  const response = await serve(8e9).ask({ quotes: true })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    results: [{ quotes: ['nurse'] }, { quotes: ['cook'] }],
    warnings: [expect.stringMatching(/^Dropped 2 quotes of the judge/)],
    timing: { quotesMs: expect.any(Number) },
  })
})

test.each([3, 'yes', {}])('quotes of %j are a 400 that names the field', async (quotes) => {
  const response = await serve(8e9).ask({ quotes })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { details: { field: 'judge.quotes' } } })
})
