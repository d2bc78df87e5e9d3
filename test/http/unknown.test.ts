import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { createHttpApp } from '../../src/http/app.ts'
import { LAMBDA_LIMITS } from '../../src/http/limits.ts'
import shipped from '../../src/models/catalog/catalog.json' with { type: 'json' }
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { createServices } from '../../src/services/services.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { openFixtures } from '../support/fixtures.ts'
import { post } from '../support/http.ts'

const layer = join(import.meta.dirname, '../../layers/models')
/** The request of a case, put to the model that it was found with. */
const caseOf = (name: string): object => ({
  ...JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/cases/http', `${name}.json`), 'utf8')),
  model: 'jobs-static',
})

async function answerOf(path: string, body: object) {
  const manifests = (shipped as Manifest[]).filter(({ id }) => id === 'jobs-static-2')
  const catalog = createCatalog(manifests)
  const engine = openFixtures({ manifests, stores: [createDirectoryStore(layer)] })
  const services = createServices({ catalog, engine, defaultModel: 'jobs-static' })
  const parts = { ...services, catalog, engine, defaultModel: 'jobs-static', limits: LAMBDA_LIMITS }
  const response = await createHttpApp(parts).fetch(post(path, body), createContext())
  return { status: response.status, headers: response.headers, body: await response.json() }
}

describe('texts of which the bundled model knows no token', () => {
  it('are counted and named by the native answer', async () => {
    const { headers, body } = await answerOf('/embed', { input: ['nurse', '🦊', 'Инженер', 'ｎｕｒｓｅ'] })
    expect(headers.get('x-unknown-inputs')).toBe('2')
    expect(body).toMatchObject({
      usage: { inputs: 4, unknown: 2 },
      warnings: [
        expect.stringMatching(/^Model jobs-static-2 knows no token of input\[1\], input\[2\] \(emoji, /),
      ],
    })
  })

  it('are ten by name where they are more', async () => {
    const { body } = await answerOf('/embed', { input: Array.from({ length: 30 }, () => '🦊') })
    expect(body).toMatchObject({ usage: { unknown: 30 } })
    expect((body as { warnings: string[] }).warnings).toEqual([
      expect.stringContaining('input[8], input[9] and others'),
    ])
  })

  it.each([
    ['/v1/embeddings', caseOf('v1-embeddings.zero_vectors')],
    ['/embed', { inputs: ['🦊', 'nurse'] }],
    [
      '/v2/embed',
      { texts: ['🦊'], input_type: 'search_query', embedding_types: ['float'], model: 'jobs-static' },
    ],
    ['/rerank', { query: '🦊', texts: ['nurse'] }],
    ['/v2/rerank', { query: 'nurse', documents: ['cook', '🦊'], model: 'jobs-static' }],
    ['/similarity', { inputs: { source_sentence: 'nurse', sentences: ['🦊'] } }],
  ])('are counted by a header of %s', async (path, request) => {
    const { status, headers, body } = await answerOf(path, request)
    expect(status).toBe(200)
    expect(Number(headers.get('x-unknown-inputs'))).toBeGreaterThan(0)
    if (path.startsWith('/v2'))
      expect(body).toMatchObject({ meta: { warnings: [expect.stringContaining('knows no token of ')] } })
  })

  it.each([
    ['/v1/embeddings', { input: ['nurse', '🦊'], model: 'jobs-static' }, 'input[1]'],
    ['/embed', { inputs: ['nurse', '🦊'] }, 'inputs[1]'],
  ])('are named by a header of %s, whose body has no place for warnings', async (path, request, place) => {
    const { headers, body } = await answerOf(path, request)
    expect(headers.get('x-warning')).toContain(`knows no token of ${place} (`)
    if (path === '/v1/embeddings') expect(body).toMatchObject({ usage: { unknown: 1 } })
    const known = JSON.parse(JSON.stringify(request).replace('🦊', 'cook')) as object
    const { headers: none, body: good } = await answerOf(path, known)
    expect(none.get('x-warning')).toBeNull()
    expect(JSON.stringify(good)).not.toContain('unknown')
  })

  it('are named by the headers of a bare list of scores', async () => {
    const { headers } = await answerOf('/rerank', { query: '🦊', texts: ['nurse', '☃'] })
    expect(headers.get('x-warning')).toMatch(/knows no token of query, texts\[1\] \(/)
    const { headers: none } = await answerOf('/rerank', { query: 'cook', texts: ['nurse'] })
    expect([none.get('x-warning'), none.get('x-unknown-inputs')]).toEqual([null, '0'])
  })

  it('are warned about by a match, which names queries and candidates', async () => {
    const { body } = await answerOf('/match', caseOf('match.zero_vectors'))
    expect(body).toMatchObject({
      warnings: [expect.stringContaining('knows no token of query "0", candidate "b" (')],
    })
    const { body: usual } = await answerOf('/match', {
      query: 'nurse',
      candidates: [{ id: 'a', text: 'nurse 🦊' }],
    })
    expect(usual).toMatchObject({ warnings: [] })
  })
})
