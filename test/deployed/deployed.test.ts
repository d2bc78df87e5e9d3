import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import shipped from '../../src/models/catalog/catalog.json' with { type: 'json' }
import { type Checkout, createCheckout } from '../deploy/packages.ts'
import { because } from '../support/because.ts'
import { functionUrlEvent, httpApiEvent, restApiEvent } from '../support/events.ts'
import { describeWithClient } from '../support/lambda-client.ts'
import { queueEvent } from '../support/queue-events.ts'
import { type DeployedFunction, deploy, type Result } from './function.ts'
import { type Deployment, missingNamespace } from './sandbox.ts'
import { unpack } from './unpack.ts'

const MEMORY = 1769
const [canary] = shipped[0]!.canaries
const noNamespace = missingNamespace()
if (noNamespace) console.warn(`the deployed functions (skipped: ${noNamespace})`)

const post = (rawPath: string, body: unknown) => {
  const event = httpApiEvent({
    rawPath: `/prod${rawPath}`,
    body: JSON.stringify(body),
    isBase64Encoded: false,
  })
  event.requestContext.http.path = rawPath
  return event
}
const embed = (body: unknown) => post('/embed', body)
const bodyOf = ({ body }: Result) => JSON.parse(body)

describeWithClient('the packages that are deployed, on the runtime client of Lambda', () => {
  let folder: string
  let checkout: Checkout
  const functions: DeployedFunction[] = []
  const start = async (name: string, parts: Partial<Deployment> = {}) => {
    const started = await deploy({
      task: join(folder, name),
      layers: join(folder, 'opt'),
      handler: `dist/${name}.handler`,
      environment: {},
      memoryMegabytes: MEMORY,
      diskMegabytes: 64,
      ...parts,
    })
    functions.push(started)
    return started
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'deployed-'))
    checkout = createCheckout('x64')
    const { status, output } = checkout.pack('dev')
    expect(status, output).toBe(0)
    mkdirSync(join(folder, 'opt'))
    for (const archive of readdirSync(checkout.packages)) {
      const name = archive.replace(/\.zip$/, '')
      if (!archive.endsWith('.zip')) continue
      const isLayer = ['onnxruntime', 'models'].includes(name)
      unpack(join(checkout.packages, archive), join(folder, isLayer ? 'opt' : name))
    }
  }, 180_000)
  afterAll(async () => {
    for (const started of functions) await started.close()
    checkout?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it.skipIf(noNamespace)(
    `answer cold, then warm, with the vectors of the model and its metrics${because(noNamespace)}`,
    async () => {
      const embedding = await start('embed')
      const first = await embedding.request(embed({ input: canary!.text }))
      const cold = bodyOf(first)
      expect([first.statusCode, cold.timing.coldStart]).toEqual([200, true])
      for (const [index, value] of canary!.values.entries()) {
        expect(cold.embeddings[0][index]).toBeCloseTo(value, 3)
      }
      const warm = bodyOf(await embedding.request(embed({ input: [canary!.text, 'x'] })))
      expect(warm.timing).toMatchObject({ coldStart: false, loadMs: 0 })
      expect(warm.embeddings[0]).toEqual(cold.embeddings[0])
      const documents = embedding
        .output()
        .filter((line) => line.includes('_aws'))
        .map((line) => JSON.parse(line))
      expect(documents.map(({ Model, Requests, ColdStart }) => [Model, Requests, ColdStart])).toEqual([
        ['jobs-static-2', 1, 1],
        ['jobs-static-2', 1, undefined],
      ])
      expect(embedding.peakMegabytes()).toBeLessThan(MEMORY)
    },
  )

  it.skipIf(noNamespace)(
    `answer every kind of HTTP event, and say what is wrong as API Gateway expects${because(noNamespace)}`,
    async () => {
      const embedding = await start('embed')
      const rest = await embedding.request(restApiEvent())
      expect(rest).toMatchObject({ statusCode: 200, isBase64Encoded: false })
      expect(bodyOf(rest).embeddings).toHaveLength(2)
      const url = functionUrlEvent({ isBase64Encoded: false, body: '{"model": "jobs", "input": "data"}' })
      expect((await embedding.request(url)).statusCode).toBe(200)
      const wrong = await embedding.request(embed({ inputt: 'a' }))
      expect(wrong.statusCode).toBe(400)
      expect(wrong.headers['content-type']).toContain('application/json')
      expect(bodyOf(wrong).error).toMatchObject({ code: 'invalid_request', details: { field: 'input' } })
      expect((await embedding.request(embed({ input: 'a', model: 'absent' }))).statusCode).toBe(404)
    },
  )

  it.skipIf(noNamespace)(`match, by a door of their own${because(noNamespace)}`, async () => {
    const matching = await start('match')
    const answer = await matching.request(
      post('/match', { query: 'nurse', candidates: ['护士', 'truck driver'] }),
    )
    expect(bodyOf(answer).results[0]).toMatchObject({
      index: 0,
      models: { 'jobs-static-2': expect.any(Number) },
    })
  })

  it.skipIf(noNamespace)(
    `hand back messages of the queue that they cannot work on${because(noNamespace)}`,
    async () => {
      const environment = {
        AWS_ACCESS_KEY_ID: 'x',
        AWS_SECRET_ACCESS_KEY: 'x',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      }
      const batch = await start('batch', { environment })
      const ending = await batch.invoke(queueEvent(['not json']), 20_000)
      expect(ending.kind).toBe('answer')
      expect(JSON.parse((ending as { body: string }).body)).toHaveProperty('batchItemFailures')
    },
  )

  it.skipIf(noNamespace)(`are healthy again after a time-out${because(noNamespace)}`, async () => {
    const embedding = await start('embed')
    const many = embed({
      input: Array.from({ length: 2048 }, (_, index) => `${index} nurse engineer `.repeat(150)),
    })
    expect((await embedding.invoke(many, 30)).kind).toBe('timeout')
    const answer = await embedding.request(embed({ input: 'nurse' }))
    expect([answer.statusCode, bodyOf(answer).timing.coldStart]).toEqual([200, true])
  })

  it.skipIf(noNamespace)(
    `refuse an answer that Lambda could not carry, before they make it${because(noNamespace)}`,
    async () => {
      const embedding = await start('embed')
      const answer = await embedding.request(embed({ input: Array(2048).fill('nurse') }))
      expect(answer.statusCode).toBe(413)
      expect(bodyOf(answer).error.message).toMatch(/base64/)
      const packed = await embedding.request(embed({ input: Array(2048).fill('nurse'), encoding: 'base64' }))
      expect(packed.statusCode).toBe(200)
      expect(JSON.stringify(packed).length).toBeLessThan(6 * 1024 * 1024)
    },
  )

  it.skipIf(noNamespace)(`say in the init phase that a setting is wrong${because(noNamespace)}`, async () => {
    const wrong = await start('embed', { environment: { DEFAULT_MODEL: 'jobz-static' } })
    const ending = await wrong.invoke(embed({ input: 'a' }), 20_000)
    expect(ending).toMatchObject({
      kind: 'init-error',
      body: { errorMessage: expect.stringMatching(/DEFAULT_MODEL is wrong.*did you mean "jobs-static"/) },
    })
  })

  it.skipIf(noNamespace)(
    `have models in memory before the first event when they are told to${because(noNamespace)}`,
    async () => {
      const environment = { PRELOAD_MODELS: 'jobs-static' }
      const preloaded = await start('embed', { handler: 'dist/embed-preloaded.handler', environment })
      expect(bodyOf(await preloaded.request(embed({ input: 'nurse' }))).timing.coldStart).toBe(false)
    },
  )

  it.skipIf(noNamespace)(
    `write nowhere but to /tmp, which they may find full${because(noNamespace)}`,
    async () => {
      const embedding = await start('embed', { diskMegabytes: 1 })
      expect((await embedding.request(embed({ input: 'nurse' }))).statusCode).toBe(200)
      const remote = await start('embed', {
        diskMegabytes: 1,
        environment: { MODEL_SOURCES: 's3://nowhere/models', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      })
      const answer = await remote.request(embed({ input: 'nurse' }))
      expect(answer.statusCode).toBeGreaterThanOrEqual(500)
      expect(bodyOf(answer).error.code).toMatch(/artifact_missing|upstream_failed/)
    },
  )
})
