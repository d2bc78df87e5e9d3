import { json } from 'node:stream/consumers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { dashboardBody } from '../../scripts/dashboard/dashboard.ts'
import { FUNCTION_NAMES } from '../../scripts/dashboard/series.ts'
import { type MetricRow, styleOf } from '../../scripts/dashboard/widgets.ts'
import { alarmResources } from '../../scripts/deploy/alarms.ts'
import { FUNCTIONS, type FunctionName } from '../../scripts/deploy/deployment.ts'
import { createEmfWriter, NAMESPACE } from '../../src/emf.ts'
import { AppError, ERROR_CODES, type ErrorCode } from '../../src/errors.ts'
import { createBatchHandler } from '../../src/lambda/batch-handler.ts'
import { createChatHandlers } from '../../src/lambda/chat-handlers.ts'
import { createLambdaHandler } from '../../src/lambda/handler.ts'
import { createSplitHandler } from '../../src/lambda/split-handler.ts'
import { LOAD_SOURCES, METRIC_UNITS, type MetricName, ROW_ERROR_CODES } from '../../src/metrics.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import { createBatchService } from '../../src/services/batch/batch.ts'
import { createSplitService } from '../../src/services/batch/split.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { createBucket, stopAfter, testBatchParts } from '../support/batch-service.ts'
import { createChatApp } from '../support/chat.ts'
import { httpApiEvent } from '../support/events.ts'
import { createFakeGenerator } from '../support/fake-generator.ts'
import { createAppOver } from '../support/http.ts'
import { objectCreated, queueEvent } from '../support/queue-events.ts'
import { createWordEngine } from '../support/word-engine.ts'
import { parametersOf } from './defaults.ts'

/** What a line of a function's log says of one metric. */
interface Emitted {
  readonly unit: string
  readonly dimensions: readonly (readonly string[])[]
  readonly models: Set<string>
}

const CODES: ReadonlySet<string> = new Set(ERROR_CODES)

const emitted: Readonly<Record<FunctionName, Map<string, Emitted>>> = {
  embed: new Map(),
  match: new Map(),
  batch: new Map(),
  split: new Map(),
  train: new Map(),
  generate: new Map(),
}

/** An engine whose texts say what becomes of them: an error by its code, or a load by its source. */
function createObedientEngine(): Engine {
  const words = createWordEngine(3)
  return {
    ...words,
    async embed(job, context) {
      const place = job.inputs.findIndex((input) => CODES.has(String(input)))
      if (place >= 0)
        throw new AppError(job.inputs[place] as ErrorCode, 'As it was told.', {
          details: { field: `input[${place}]` },
        })
      const loadedFrom = LOAD_SOURCES.find((source) => job.inputs.some((input) => input === source))
      const result = await words.embed(job, context)
      if (!loadedFrom) return result
      const loading = { coldStart: true, loadMs: 5, loadBytes: 9, memoryBytes: 9, evictions: 1 }
      return { ...result, ...loading, loadedFrom }
    },
  }
}

async function collect(run: () => Promise<void>): Promise<void> {
  const written: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text: unknown) => {
    written.push(String(text))
    return true
  })
  await run().finally(() => spy.mockRestore())
  for (const line of written.join('').split('\n').filter(Boolean)) {
    const { _aws, ...fields } = JSON.parse(line)
    const [{ Namespace, Dimensions, Metrics }] = _aws.CloudWatchMetrics
    expect([Namespace, _aws.CloudWatchMetrics.length]).toEqual([NAMESPACE, 1])
    const door = emitted[fields.Function as FunctionName]
    for (const { Name, Unit } of Metrics) {
      const models = door.get(Name)?.models ?? new Set<string>()
      door.set(Name, { unit: Unit, dimensions: Dimensions, models: models.add(fields.Model) })
    }
  }
}

/** Every kind of answer and of refusal that the two doors of the API have. */
async function runApi(name: 'embed' | 'match'): Promise<void> {
  let refusal: ErrorCode | undefined
  const full = () => (refusal === undefined ? undefined : new AppError(refusal, 'Not now.'))
  const http = createAppOver(createObedientEngine(), { full })
  const handler = createLambdaHandler({ http, writeMetrics: createEmfWriter(name) })
  const ask = (text: string) => {
    const body = name === 'embed' ? { input: text } : { queries: [{ id: 'q', text }], candidates: ['nurse'] }
    const requestContext = { requestId: 'r', stage: '$default', http: { method: 'POST', path: `/${name}` } }
    const headers = { 'content-type': 'application/json' }
    return handler({
      rawPath: `/${name}`,
      rawQueryString: '',
      headers,
      requestContext,
      body: JSON.stringify(body),
    })
  }
  for (const text of ['nurse', 'one two three four', ...LOAD_SOURCES, ...ERROR_CODES]) await ask(text)
  for (const code of ERROR_CODES) {
    refusal = code
    await ask('nurse')
  }
}

const row = (text: string) => `${JSON.stringify({ text })}\n`
/** Enough good rows that the bad ones are no reason to give the file up. */
const ROWS = 'nurse\n'.repeat(300).split('\n').slice(0, -1).map(row).join('')
const MIXED = ROWS + ROW_ERROR_CODES.map(row).join('')
const SETTINGS = JSON.stringify({ shardRows: 100 })
const mixed = (key: string) => ({ [key]: MIXED, [`${key}.job.json`]: SETTINGS })

async function runBatch(): Promise<void> {
  const { store } = createBucket({
    ...mixed('input/a.jsonl'),
    'input/wrong.jsonl': ROWS,
    'input/wrong.jsonl.job.json': '{"modle":1}',
  })
  const batch = createBatchService(testBatchParts(createObedientEngine()))
  let bucket: WritableStore = stopAfter(store, 1)
  const handler = createBatchHandler({
    batch,
    openBucket: async () => bucket,
    splitBytes: 1e9,
    writeMetrics: createEmfWriter('batch'),
    onError: () => {},
  })
  const event = async (key: string, receiveCount: number) => {
    const eTag = (await store.stat(key))!.etag
    return handler(queueEvent([objectCreated('files', key, { eTag })], receiveCount))
  }
  await event('input/a.jsonl', 1)
  bucket = store
  for (let count = 2; count < 5; count++) await event('input/a.jsonl', count)
  await event('input/wrong.jsonl', 1)
}

async function runSplit(): Promise<void> {
  const { store } = createBucket({ ...mixed('input/a.jsonl'), ...mixed('input/b.jsonl') })
  const split = createSplitService({ ...testBatchParts(createObedientEngine()), rangeBytes: 4000 })
  const handler = createSplitHandler({
    split,
    openBucket: async () => store,
    writeMetrics: createEmfWriter('split'),
  })
  const plan = async (key: string) =>
    (await handler({ step: 'plan', bucket: 'files', key })) as { job: string; items: string }
  const { job, items } = await plan('input/a.jsonl')
  const ranges = (await json(await store.read(items))) as unknown[]
  for (const range of ranges) await handler({ step: 'work', bucket: 'files', job, range })
  await handler({ step: 'finish', bucket: 'files', job })
  const { job: other } = await plan('input/b.jsonl')
  const error = { Error: 'Runtime.ExitError' }
  await handler({ step: 'fail', bucket: 'files', job: other, error })
}

/** Answers of a language model, and one that fails in the midst of it. */
async function runGenerate(): Promise<void> {
  let fails = false
  const before = () => {
    if (fails) throw new AppError('inference_failed', 'NaN.')
  }
  const http = createChatApp({ open: async () => createFakeGenerator({ before }) })
  const writeMetrics = createEmfWriter('generate')
  const { handler } = createChatHandlers({ http, writeMetrics, lambda: undefined })
  const messages = [{ role: 'user', content: 'A story.' }]
  const body = JSON.stringify({ model: 'fake-chat', messages, max_tokens: 8 })
  const ask = () => handler(httpApiEvent({ rawPath: '/v1/chat/completions', body, isBase64Encoded: false }))
  await ask()
  fails = true
  await ask()
}

beforeAll(async () => {
  await collect(() => runApi('embed'))
  await collect(() => runApi('match'))
  await collect(runBatch)
  await collect(runSplit)
  await collect(runGenerate)
}, 120_000)

const parameters = parametersOf('prod', { generate: 'true' })
const deployment = { service: 'embeddings', stage: 'prod', parameters }
const charts = dashboardBody(deployment).widgets.flatMap((widget) =>
  widget.type === 'metric' ? [widget.properties] : [],
)

/** A metric of ours that a line of the dashboard shows, and the door that it names. */
function shown(
  line: MetricRow,
): { name: MetricName; door: FunctionName; dimensions: string[]; model?: string } | undefined {
  const doorOf = (text: string) => FUNCTIONS.find((name) => text === FUNCTION_NAMES[name])!
  if (line[0] === NAMESPACE && line.length > 4)
    return {
      name: line[1] as MetricName,
      dimensions: [String(line[2]), String(line[4])],
      door: doorOf(String(line[5])),
    }
  const { expression = '' } = styleOf(line)
  const [, dimensions, terms] = /^SEARCH\('\{ServerlessEmbeddings,([\w,]+)\} (.*)', '/.exec(expression) ?? []
  if (dimensions === undefined) return undefined
  const term = (name: string) => new RegExp(`${name}="([^"]+)"`).exec(terms!)?.[1]
  const model = term('Model')
  return {
    name: term('MetricName') as MetricName,
    dimensions: dimensions.split(','),
    door: doorOf(term('Function')!),
    ...(model !== undefined && { model }),
  }
}

const lines = charts.flatMap(({ title, metrics, yAxis }) =>
  metrics.flatMap((line) => {
    const found = shown(line)
    const { yAxis: side = 'left' } = styleOf(line)
    return found ? [{ ...found, title, label: yAxis?.[side as 'left']?.label }] : []
  }),
)

describe('every line of the dashboard', () => {
  it('is emitted by the function that it names, with the dimensions that it is looked up by', () => {
    expect(lines.length).toBeGreaterThan(100)
    const missing = lines.flatMap(({ title, name, door, dimensions, model }) => {
      const metric = emitted[door].get(name)
      const found =
        metric?.dimensions.some((set) => set.join() === dimensions.join()) &&
        (model === undefined || metric.models.has(model))
      return found ? [] : [`${title}: ${door} emits no ${name} by ${dimensions.join()}`]
    })
    expect(missing).toEqual([])
  })

  it('is drawn on an axis of its own unit', () => {
    const wrong = lines.flatMap(({ title, name, door, label }) => {
      const unit = emitted[door].get(name)?.unit
      const units: Record<string, string> = {
        ms: 'Milliseconds',
        bytes: 'Bytes',
        'tokens/s of an answer': 'Count/Second',
      }
      const drawn = units[label ?? ''] ?? 'Count'
      // Figures and shares have no axis with a unit of the metric.
      return label === undefined || label === '%' || unit === drawn ? [] : [`${title}: ${name} is ${unit}`]
    })
    expect(wrong).toEqual([])
    for (const door of FUNCTIONS)
      for (const [name, { unit }] of emitted[door]) expect(unit).toBe(METRIC_UNITS[name as MetricName])
  })
})

interface AlarmMetric {
  readonly MetricName: string
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[]
}

/** Metrics of ours in a part of a template, wherever they stand. */
function metricsIn(part: unknown): AlarmMetric[] {
  if (typeof part !== 'object' || part === null) return []
  const own = 'Namespace' in part && part.Namespace === NAMESPACE ? [part as object as AlarmMetric] : []
  return [...own, ...Object.values(part).flatMap(metricsIn)]
}

it('every alarm on a metric of ours hears of it from the function that it names', () => {
  const resources = alarmResources(deployment)
  const filtered = JSON.stringify(
    Object.values(resources).filter(({ Type }) => Type === 'AWS::Logs::MetricFilter'),
  )
  const alarms = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
  const missing = alarms.flatMap(([id, { Properties }]) =>
    metricsIn(Properties).flatMap(({ MetricName, Dimensions = [] }) => {
      if (filtered.includes(`"MetricName":"${MetricName}"`)) return []
      const values = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]))
      const door = FUNCTIONS.find((name) =>
        JSON.stringify(values.Function)?.toLowerCase().includes(`"${name}lambda`),
      )
      const metric = door && emitted[door].get(MetricName)
      const heard =
        metric?.dimensions.some((set) => set.join() === Dimensions.map(({ Name }) => Name).join()) &&
        metric.models.has(String(values.Model))
      return heard ? [] : [`${id}: ${MetricName}`]
    }),
  )
  expect(missing).toEqual([])
  expect(alarms.length).toBeGreaterThan(12)
})

it('a job that failed, and one that is at work for long, are told of by both doors of files', () => {
  for (const door of ['batch', 'split'] as const)
    for (const name of ['JobsFailed', 'JobsSucceeded', 'JobAge'])
      expect([door, name, emitted[door].get(name)?.models.has('all')]).toEqual([door, name, true])
})
