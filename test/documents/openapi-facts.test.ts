import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeStack } from '../../scripts/deploy/stack.ts'
import { AppError, ERROR_CODES } from '../../src/errors.ts'
import { documentation } from '../../src/http/documentation/documentation.ts'
import { MODEL_ERRORS } from '../../src/http/documentation/route-documentation.ts'
import { nativeDialect } from '../../src/http/errors.ts'
import { READ_HEADERS, SENT_HEADERS, UNREAD_HEADERS } from '../../src/http/header-names.ts'
import shipped from '../../src/models/catalog/catalog.json' with { type: 'json' }
import { createNames } from '../../src/models/catalog/catalog.ts'
import type { CatalogModel } from '../../src/models/catalog/manifest.ts'
import { parametersOf } from '../deploy/defaults.ts'
import { createTestApp, get, post } from '../support/http.ts'
import { readText } from '../support/markdown.ts'

const names = createNames(shipped as CatalogModel[])

/** A content type that is not JSON has a status of its own, and no code. */
const UNSUPPORTED_TYPE = 415

test('OpenAPI lists every status that a route with a model can answer', () => {
  const statuses = ERROR_CODES.map((code) => nativeDialect.statusOf(new AppError(code, '')))
  expect([...MODEL_ERRORS].sort()).toEqual([...new Set([...statuses, UNSUPPORTED_TYPE])].sort())
})

test('the model of the example answer of GET /models is as the catalog has it', () => {
  const { models } = documentation['GET /models']!.responseExample as { models: Record<string, unknown>[] }
  for (const { bytes, ...said } of models) {
    const model: Record<string, unknown> = { ...names.get(String(said.id)) }
    for (const field of Object.keys(said).filter((name) => name in model && name !== 'revision')) {
      expect([field, said[field]]).toEqual([field, model[field]])
    }
    expect(said).toHaveProperty('license')
  }
})

test('every example of OpenAPI asks for models that the catalog has', () => {
  const asked = JSON.stringify(documentation).matchAll(/"model":"([^"]+)"/g)
  const unknown = Array.from(asked, ([, name]) => name!).filter((name) => !names.has(name))
  expect(unknown).toEqual([])
  const { id } = documentation['GET /v1/models/:model']!.responseExample as { id: string }
  expect(names.has(id)).toBe(true)
})

test('a deployment exposes to browsers exactly the headers that are sent', () => {
  const parameters = parametersOf('prod', { auth: 'iam', corsOrigins: 'https://example.com' })
  const { httpApi } = describeStack({ service: 'embeddings', stage: 'prod', parameters }) as {
    httpApi: { cors: { exposedResponseHeaders: string[]; allowedHeaders: string[] } }
  }
  expect(httpApi.cors.exposedResponseHeaders).toEqual([...SENT_HEADERS, 'apigw-requestid'])
  expect(httpApi.cors.allowedHeaders).toEqual([...READ_HEADERS, ...UNREAD_HEADERS])
})

test('the list of sent headers has every header of real answers', async () => {
  const app = createTestApp()
  const answers = await Promise.all([
    app.fetch(post('/embed', { input: 'a' })),
    app.fetch(post('/v1/embeddings', { input: 'a', model: 'small' })),
    app.fetch(post('/match', { query: 'a', candidates: ['b'] })),
    app.fetch(get('/embed')),
    createTestApp({ token: 'secret' }).fetch(get('/models')),
  ])
  const sent = new Set(answers.flatMap(({ headers }) => [...headers.keys()]))
  sent.delete('content-type')
  expect([...sent].filter((name) => !(SENT_HEADERS as readonly string[]).includes(name))).toEqual([])
})

test('the list has every header that the code names, and the code names every one of the list', () => {
  const folder = join(import.meta.dirname, '..', '..', 'src', 'http')
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'header-names.ts')
  const code = files.map((file) => readText(`src/http/${file}`)).join('\n')
  const known: readonly string[] = [...SENT_HEADERS, ...READ_HEADERS]
  const named = new Set(Array.from(code.matchAll(/'(x-[a-z-]+)'/g), ([, name]) => name!))
  expect([...named].filter((name) => !known.includes(name))).toEqual([])
  expect(SENT_HEADERS.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([])
})
