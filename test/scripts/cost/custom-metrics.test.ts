import { json } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import { metricDollars, WRITTEN_METRICS } from '../../../scripts/cost/custom-metrics.ts'
import { createEmfWriter } from '../../../src/emf.ts'
import { createBatchHandler } from '../../../src/lambda/batch-handler.ts'
import { createLambdaHandler } from '../../../src/lambda/handler.ts'
import { createSplitHandler } from '../../../src/lambda/split-handler.ts'
import type { Engine } from '../../../src/models/engine/engine.ts'
import prices from '../../../src/prices.json' with { type: 'json' }
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { createSplitService } from '../../../src/services/batch/split.ts'
import { createBucket, testBatchParts } from '../../support/batch-service.ts'
import { createAppOver } from '../../support/http.ts'
import { objectCreated, queueEvent } from '../../support/queue-events.ts'
import { createWordEngine } from '../../support/word-engine.ts'

/** An engine that loads its model from the layer with the first texts, as a cold start does. */
function createStartingEngine(): Engine {
  const words = createWordEngine(3)
  let loaded = false
  return {
    ...words,
    async embed(job, context) {
      const result = await words.embed(job, context)
      if (loaded) return result
      loaded = true
      const loading = { coldStart: true, loadMs: 5, loadBytes: 9, memoryBytes: 9, evictions: 0 }
      return { ...result, ...loading, loadedFrom: 'disk' as const }
    },
  }
}

/** The names of metrics in the lines that some work writes: of its model, and of all models. */
async function namesOf(work: () => Promise<void>) {
  const written: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text: unknown) => {
    written.push(String(text))
    return true
  })
  await work().finally(() => spy.mockRestore())
  const names = { eachModel: new Set<string>(), door: new Set<string>() }
  for (const line of written.join('').split('\n').filter(Boolean)) {
    const { _aws, Model } = JSON.parse(line)
    const [{ Dimensions, Metrics }] = _aws.CloudWatchMetrics
    // Each set of dimensions is paid for by itself.
    expect(Dimensions).toHaveLength(1)
    for (const { Name } of Metrics) names[Model === 'all' ? 'door' : 'eachModel'].add(Name)
  }
  return { eachModel: [...names.eachModel].sort(), door: [...names.door].sort() }
}

async function callTwice(name: 'embed' | 'match'): Promise<void> {
  const http = createAppOver(createStartingEngine())
  const handler = createLambdaHandler({ http, writeMetrics: createEmfWriter(name) })
  const body = name === 'embed' ? { input: 'nurse' } : { query: 'nurse', candidates: ['a nurse'] }
  for (let call = 0; call < 2; call++) {
    await handler({
      rawPath: `/${name}`,
      rawQueryString: '',
      headers: { 'content-type': 'application/json' },
      requestContext: { requestId: 'r', stage: '$default', http: { method: 'POST', path: `/${name}` } },
      body: JSON.stringify(body),
    })
  }
}

const KEY = 'input/a.jsonl'
const ROWS = Array.from({ length: 50 }, () => '{"text":"nurse"}\n').join('')

async function workOnFiles(): Promise<void> {
  const keys = [KEY, 'input/b.jsonl']
  const { store } = createBucket(Object.fromEntries(keys.map((key) => [key, ROWS])))
  const handler = createBatchHandler({
    batch: createBatchService(testBatchParts(createStartingEngine())),
    openBucket: async () => store,
    splitBytes: 1e9,
    writeMetrics: createEmfWriter('batch'),
    onError: () => {},
  })
  for (const key of keys) {
    const eTag = (await store.stat(key))!.etag
    await handler(queueEvent([objectCreated('files', key, { eTag })], 1))
  }
}

async function workOnRanges(): Promise<void> {
  const { store } = createBucket({ [KEY]: ROWS })
  const handler = createSplitHandler({
    split: createSplitService({ ...testBatchParts(createStartingEngine()), rangeBytes: 400 }),
    openBucket: async () => store,
    writeMetrics: createEmfWriter('split'),
  })
  const planned = await handler({ step: 'plan', bucket: 'files', key: KEY })
  const { job, items } = planned as { job: string; items: string }
  for (const range of (await json(await store.read(items))) as unknown[])
    await handler({ step: 'work', bucket: 'files', job, range })
  await handler({ step: 'finish', bucket: 'files', job })
}

test.each([
  ['embed', () => callTwice('embed')],
  ['match', () => callTwice('match')],
  ['batch', workOnFiles],
  ['split', workOnRanges],
] as const)('the metrics that %s is reckoned to cost are those in its lines', async (door, work) => {
  const { eachModel, door: once } = WRITTEN_METRICS[door]
  expect(await namesOf(work)).toEqual({ eachModel: [...eachModel].sort(), door: [...once].sort() })
  const dollars = metricDollars(prices, door)
  expect(dollars.eachModel).toBeCloseTo(eachModel.length * 0.3)
})
