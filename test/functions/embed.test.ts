import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, expect, test } from 'vitest'
import { bundleAllDoors } from '../support/bundles.ts'
import { environmentOf } from '../support/configs.ts'
import { functionUrlEvent, httpApiEvent, restApiEvent } from '../support/events.ts'
import { runLambda } from '../support/lambda.ts'
import { writeTinyModels } from '../support/tiny-model.ts'

const doors = await bundleAllDoors()
const models = writeTinyModels()
const environment = { ...environmentOf(models), AWS_LAMBDA_FUNCTION_NAME: 'embed-prod' }
const run = (events: unknown[], more: Record<string, string> = {}, door = 'embed.js') =>
  runLambda(doors.path(door), { ...environment, ...more }, events)

const openAi = functionUrlEvent({ isBase64Encoded: false, body: '{"model": "little", "input": "data"}' })
const asked = (rawPath: string, method: string) => {
  const { body: _, ...event } = functionUrlEvent({ rawPath, isBase64Encoded: false })
  event.requestContext.http.method = method
  return event
}

afterAll(() => {
  doors.remove()
  models.remove()
})

test('warm invocations of every kind touch no disk and load nothing', async () => {
  const kinds = [httpApiEvent(), restApiEvent(), openAi, { input: 'nurse' }]
  const { outcomes, documents, starting } = await run([...kinds, ...kinds, ...kinds])
  expect(starting.filter((touch) => touch.startsWith('dlopen'))).toEqual([])
  const [first, ...others] = outcomes
  expect(first!.touches.filter((touch) => touch.includes('onnxruntime'))).not.toEqual([])
  expect(
    first!.touches.filter((touch) => /^open(Sync)? /.test(touch) && touch.includes(models.folder)),
  ).toHaveLength(3) // Graph and tokenizer to be hashed, and the graph for the names of weights beside it.
  expect(others.flatMap((outcome) => outcome.touches)).toEqual([])
  expect(outcomes.filter((outcome) => outcome.error || (outcome.result!.statusCode ?? 200) !== 200)).toEqual(
    [],
  )
  expect(documents.map((document) => document.ColdStart ?? 0)).toEqual([1, ...Array(11).fill(0)])
  expect(documents.map((document) => document.LoadBytes ?? 0).slice(1)).toEqual(Array(11).fill(0))
})

test('writes one metrics document for each invocation, under the model that it reached', async () => {
  const { documents } = await run([
    httpApiEvent(),
    { input: ['a', 'b'] },
    { input: '' },
    { input: 'a', model: 'absent' },
  ])
  const validate = new Ajv().compile(
    JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/emf-schema.json'), 'utf8')),
  )
  for (const document of documents) {
    validate(document)
    expect(validate.errors ?? []).toEqual([])
  }
  expect(documents).toMatchObject([
    { Model: 'tiny', Function: 'embed-prod', Requests: 1, InputTexts: 1, requestId: 'UkQXmjPZliAEMtQ=' },
    { Model: 'tiny', Requests: 1, InputTexts: 2, InputTokens: 2, requestId: 'invocation-1' },
    { Model: 'all', Requests: 1, Errors: 1, 'Errors/empty_input': 1, requestId: 'invocation-2' },
    { Model: 'absent', Requests: 1, 'Errors/artifact_missing': 1, requestId: 'invocation-3' },
  ])
  expect(documents).toHaveLength(4)
})

test('does without the web classes of Node, on every route', async () => {
  const events = [
    asked('/health', 'GET'),
    asked('/health', 'HEAD'),
    asked('/models', 'GET'),
    asked('/openapi.json', 'GET'),
    asked('/v1/models/little', 'GET'),
    asked('/nowhere', 'GET'),
    asked('/embed', 'DELETE'),
    asked('/embed', 'TRACE'),
    functionUrlEvent({
      rawPath: '/embed',
      isBase64Encoded: true,
      body: Buffer.from([0xff]).toString('base64'),
    }),
    openAi,
  ]
  const { outcomes, webClasses } = await run(events)
  expect(outcomes.map((outcome) => outcome.result?.statusCode ?? outcome.error)).toEqual([
    200, 200, 200, 200, 200, 404, 405, 400, 400, 200,
  ])
  expect(webClasses).toBe(false)
  expect(JSON.parse(outcomes[2]!.result!.body).models.map((model: { id: string }) => model.id)).toContain(
    'tiny',
  )
  expect(JSON.parse(outcomes[9]!.result!.body).data[0].embedding).toHaveLength(8)
})

test('the preloading door has its models before the first event', async () => {
  const { outcomes, documents } = await run(
    [httpApiEvent()],
    { PRELOAD_MODELS: 'little' },
    'embed-preloaded.mjs',
  )
  expect(outcomes[0]!.touches.filter((touch) => touch.includes(models.folder))).toEqual([])
  expect(documents[0]).toMatchObject({
    Model: 'tiny',
    requestId: 'preload',
    'LoadTime/disk': expect.any(Number),
  })
  expect(documents[0]).not.toHaveProperty('Requests')
  expect(documents[1]).toMatchObject({ Requests: 1, SessionHits: 1 })
  expect(documents[1]).not.toHaveProperty('ColdStart')
})

test('the plain door joins a preload that is under way', async () => {
  const { documents } = await run([{ input: 'a' }], { PRELOAD_MODELS: 'little' })
  const [request] = documents.filter(({ requestId }) => requestId !== 'preload')
  expect(request).toMatchObject({ Requests: 1, SessionHits: 1 })
  expect(request).not.toHaveProperty('ColdStart')
})

test.each([
  [{ THREADS: 'many' }, /The setting THREADS is "many"; expected a whole number/],
  [{ DEFAULT_MODEL: 'tinny' }, /DEFAULT_MODEL is wrong: .*did you mean "tiny"/],
  [{ PRELOAD_MODELS: 'absent' }, /absent/],
])('with %o it ends at its start and says why', async (more, message) => {
  await expect(run([], more, 'embed-preloaded.mjs')).rejects.toThrow(message)
})

test('a direct invocation that fails throws an error that names its code', async () => {
  const { outcomes } = await run([{ input: [] }, { input: 'a', model: 'tinny' }])
  expect(outcomes.map((outcome) => outcome.error?.name)).toEqual(['empty_input', 'unknown_model'])
})
