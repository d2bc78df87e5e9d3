import { expect, test, vi } from 'vitest'
import catalog from '../../src/models/catalog/catalog.json' with { type: 'json' }
import quality from '../../src/models/catalog/quality.json' with { type: 'json' }
import { readQuality } from '../../src/models/catalog/quality.ts'
import { createTestApp, get, post } from '../support/http.ts'

test('GET /models says of a model that nobody measured that it was not', async () => {
  const { models } = (await (await createTestApp().fetch(get('/models'))).json()) as {
    models: { quality: object }[]
  }
  expect(models[0]!.quality).toEqual({ note: 'not measured here', scores: [] })
})

test('quality is told by languages and task, with the weights that it was measured with', async () => {
  const qualityOf = await readQuality()
  const { note, scores } = qualityOf('jobs-static-2')
  expect(note).toMatch(/^measured by npm run evaluate with int8 weights of revision [0-9a-f]{40}$/)
  expect(scores.map(({ languages }) => languages)).toEqual(
    expect.arrayContaining(['zh-en', 'en-zh', 'en-en']),
  )
  for (const { task, measure, on, value } of scores)
    expect([task !== '', measure !== '', on !== '', value > -1 && value <= 1]).toEqual([
      true,
      true,
      true,
      true,
    ])
  expect(qualityOf('toString').note).toBe('not measured here')
})

test('what was measured are models of the catalog, in the revision that it has', () => {
  const revisions = Object.fromEntries(catalog.map(({ id, revision, ...more }) => [id, [revision, more]]))
  const stale = Object.entries(quality.models).filter(([id, { revision }]) => {
    const known = String(revisions[id]?.[0])
    return revision !== known && revision !== `${known}+lowercase`
  })
  // npm run evaluate -- --only sentences --save --model <id> measures anew.
  expect(stale.map(([id]) => id)).toEqual([])
})

test('the file of qualities is not read on the way of a text to its vector', async () => {
  vi.resetModules()
  const read = vi.fn(() => ({ default: { models: {}, rankings: {} } }))
  vi.doMock('../../src/models/catalog/quality.json', read)
  const support = await import('../support/http.ts')
  const app = support.createTestApp()
  expect((await app.fetch(post('/embed', { input: 'nurse' }))).status).toBe(200)
  expect(read).not.toHaveBeenCalled()
  expect((await app.fetch(get('/models'))).status).toBe(200)
  expect(read).toHaveBeenCalledTimes(1)
})
