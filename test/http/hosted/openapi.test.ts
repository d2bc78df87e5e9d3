import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { batchRoutes } from '../../../src/http/hosted/batches.ts'
import { fileRoutes } from '../../../src/http/hosted/files.ts'
import { reportRoutes } from '../../../src/http/hosted/learned-reports.ts'
import { modelControlRoutes } from '../../../src/http/hosted/model-control.ts'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import { createRecordingEngine } from '../../support/engines.ts'
import { createTestApp, get } from '../../support/http.ts'

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: {
    readonly content: Record<string, { readonly schema: AnySchema; readonly examples?: object }>
  }
  readonly responses: Record<
    string,
    { readonly content: Record<string, { schema?: AnySchema; example?: unknown }> }
  >
}

const open = async () => {
  throw new Error('The document needs no disk')
}
const parts = { catalog: createCatalog([]), engine: createRecordingEngine() }
const reports = reportRoutes({ ...parts, readReport: open, drawReport: open })
const routes = [...fileRoutes(open), ...batchRoutes(open), ...modelControlRoutes(parts), ...reports]
const app = createTestApp({ more: routes })
const document = (await (await app.fetch(get('/openapi.json'))).json()) as {
  readonly paths: Record<string, Record<string, Operation>>
}
const operations = routes.map(({ method, path }) => {
  const operation = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]![method.toLowerCase()]!
  return [`${method} ${path}`, operation] as const
})

test('is a valid OpenAPI 3.1 document with the routes of files, batches and models', async () => {
  const { errors } = await new Validator().validate({ ...document })
  expect(errors ?? []).toEqual([])
  expect(routes.length).toBe(14)
})

test.each(operations)('the examples of %s fit its schemas', (_, { requestBody, responses }) => {
  const pairs = [
    ...Object.values(requestBody?.content['application/json']?.examples ?? {}).map(
      (example) => [requestBody!.content['application/json']!.schema, example.value] as const,
    ),
    ...Object.values(responses[200]!.content).flatMap(({ schema, example }) =>
      schema && example ? [[schema, example] as const] : [],
    ),
  ]
  for (const [schema, value] of pairs) {
    const validate = new Ajv2020({ strict: false }).compile(schema)
    validate(value)
    expect(validate.errors ?? []).toEqual([])
  }
  expect(Object.keys(responses).length).toBeGreaterThan(1)
})

test('names the form of an upload, the parameters of lists, and bytes that are no JSON', () => {
  const of = (key: string) => operations.find(([name]) => name === key)![1]
  expect(Object.keys(of('POST /v1/files').requestBody!.content)).toEqual(['multipart/form-data'])
  expect(of('GET /v1/files').parameters!.map(({ name }) => name)).toEqual([
    'purpose',
    'order',
    'limit',
    'after',
  ])
  expect(Object.keys(of('GET /v1/files/:file/content').responses[200]!.content)).toEqual([
    'application/octet-stream',
  ])
})
