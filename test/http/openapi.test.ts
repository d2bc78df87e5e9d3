import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { documentation } from '../../src/http/documentation/documentation.ts'
import { createTestApp, get, post } from '../support/http.ts'

interface Content {
  readonly 'application/json': { readonly schema: AnySchema; readonly example?: unknown }
}
interface Operation {
  readonly requestBody?: { readonly content: Content }
  readonly responses: Record<string, { readonly content: Content }>
}
interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
}

const app = createTestApp()
const document = (await (await app.fetch(get('/openapi.json'))).json()) as Document

function operationOf(key: string): Operation {
  const [method, path] = key.split(' ') as [string, string]
  return document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]![method.toLowerCase()]!
}

function expectValid(schema: AnySchema, value: unknown): void {
  const validate = new Ajv2020({ strict: false }).compile(schema)
  validate(value)
  expect(validate.errors ?? []).toEqual([])
}

test('is a valid OpenAPI 3.1 document', async () => {
  const { valid, errors } = await new Validator().validate({ ...document })
  expect(errors ?? []).toEqual([])
  expect([valid, document.openapi]).toEqual([true, '3.1.0'])
})

test('describes exactly the routes that are documented', () => {
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replaceAll(/{(\w+)}/g, ':$1')}`),
  )
  expect(described.sort()).toEqual(Object.keys(documentation).sort())
})

const requests = Object.entries(documentation).flatMap(([key, { requestExamples = {} }]) =>
  Object.entries(requestExamples).map(([name, example]) => [key, name, example] as const),
)

test.each(requests)('%s accepts its example %s', async (key, _, example) => {
  expectValid(operationOf(key).requestBody!.content['application/json'].schema, example)
  const known = { ...example, ...('model' in example ? { model: 'small' } : {}) }
  const response = await app.fetch(post(key.split(' ')[1]!, known))
  expect(response.status).toBe(200)
  expectValid(operationOf(key).responses[200]!.content['application/json'].schema, await response.json())
})

const answerOf = (key: string) => operationOf(key).responses[200]!.content['application/json']
const withExample = Object.keys(documentation).filter((key) => answerOf(key).example !== undefined)

test.each(withExample)('the example answer of %s fits its schema', (key) => {
  expectValid(answerOf(key).schema, answerOf(key).example)
})

test('every route has an example answer, but for this document and the settings of TEI clients', () => {
  expect(Object.keys(documentation).filter((key) => !withExample.includes(key))).toEqual([
    'GET /openapi.json',
    'GET /info',
  ])
})

test.each(['/models', '/health', '/ready', '/v1/models', '/v1/models/fast', '/openapi.json'])(
  'the real answer of GET %s fits its schema',
  async (path) => {
    const operation = operationOf(`GET ${path.replace('/fast', '/:model')}`)
    expectValid(
      operation.responses[200]!.content['application/json'].schema,
      await (await app.fetch(get(path))).json(),
    )
  },
)

test('real errors fit their schemas', async () => {
  for (const path of ['/embed', '/v1/embeddings']) {
    const response = await app.fetch(post(path, { input: [] }))
    const { content } = operationOf(`POST ${path}`).responses[response.status]!
    expectValid(content['application/json'].schema, await response.json())
  }
})
