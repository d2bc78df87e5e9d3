import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { documentation } from './documentation/documentation.ts'
import type { RouteDocumentation } from './documentation/route-documentation.ts'
import type { Route } from './route.ts'

const ERROR_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is wrong; the error names the field.',
  401: 'No bearer token, or a wrong one.',
  404: 'No such model or route.',
  413: 'Too many inputs, too long an input, or too large an answer.',
  415: 'The body is not application/json.',
  422: 'The model is made for another task.',
  424: 'The model failed.',
  429: 'Too many requests are waiting; try again.',
  500: 'The model or the service failed.',
  502: 'A place that models, collections or secrets come from does not answer; try again.',
  503: 'The model cannot be loaded.',
  504: 'The deadline passed.',
}

/**
 * The OpenAPI 3.1 document of the routes, made of the schemas that validate their requests.
 *
 * @param basePath what stands before every path, such as `/embeddings`
 */
export function describeApi(routes: readonly Route[], basePath = '/'): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Serverless Embeddings',
      version: '1',
      description: 'Text to vectors and ranked matches.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: basePath }],
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  }
}

function describeRoute(route: Route): object {
  const described = route.documentation ?? documentation[`${route.method} ${route.path}`]!
  const inPath = Array.from(route.path.matchAll(/:(\w+)/g), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(route.parameters ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    schema,
  }))
  const parameters = [...inPath, ...inQuery]
  return {
    summary: described.summary,
    operationId: operationId(route),
    security: route.open ? [] : [{ bearer: [] }, {}],
    ...(parameters.length > 0 && { parameters }),
    ...(described.request && { requestBody: describeRequest(described, described.request) }),
    ...(described.form && { requestBody: describeForm(described.form) }),
    responses: describeResponses(described),
  }
}

function operationId({ method, path }: Route): string {
  return [method.toLowerCase(), ...(path.match(/\w+/g) ?? [])].join('_')
}

function describeRequest({ requestExamples = {} }: RouteDocumentation, schema: GenericSchema): object {
  const examples = Object.fromEntries(
    Object.entries(requestExamples).map(([name, value]) => [name, { value }]),
  )
  return {
    required: true,
    content: { 'application/json': { schema: jsonSchemaOf(schema), examples } },
  }
}

const BYTES = 'application/octet-stream'

function describeForm(form: GenericSchema): object {
  return { required: true, content: { 'multipart/form-data': { schema: jsonSchemaOf(form) } } }
}

function describeResponses(described: RouteDocumentation): object {
  const { response, responseExample, errors, errorStatuses, binary } = described
  const schema = response ? jsonSchemaOf(response) : { type: 'object' }
  const example = responseExample ? { example: responseExample } : {}
  const errorContent = { 'application/json': { schema: jsonSchemaOf(errors) } }
  const failures = errorStatuses.map((status) => [
    status,
    { description: ERROR_DESCRIPTIONS[status], content: errorContent },
  ])
  return {
    200: {
      description: 'The answer.',
      content: binary
        ? { [binary === true ? BYTES : binary]: {} }
        : { 'application/json': { schema, ...example } },
    },
    ...Object.fromEntries(failures),
  }
}

/** Without a mode of types: of a pipe of schemas each then adds what it knows. No schema here transforms its value. */
function jsonSchemaOf(schema: GenericSchema): object {
  const { $schema, ...rest } = toJsonSchema(schema, { errorMode: 'ignore' })
  return rest
}
