import { expect, test } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { createContext } from '../../src/context.ts'
import { addRefusal, METRIC_UNITS, type MetricName } from '../../src/metrics.ts'
import type { ModelUsage } from '../../src/models/engine/engine.ts'
import type { Exchange } from '../../src/serving/exchange.ts'
import { COUNTS, COUNTS_BY_CODE, DURATIONS, JOB_ENDS, RATES } from '../../src/serving/metric-names.ts'
import { createPrometheus } from '../../src/serving/prometheus.ts'

/** What CloudWatch has beside Prometheus, and where Prometheus has it. */
const ELSEWHERE: Partial<Record<MetricName, string>> = {
  Requests: 'embeddings_requests_total',
  Latency: 'embeddings_request_duration_seconds',
  ColdStart: 'embeddings_loads_total',
  SessionHits: 'embeddings_loads_total',
  SessionEvictions: 'embeddings_evictions_total',
  ModelMemory: 'embeddings_model_memory_bytes',
  ProcessMemory: 'process_resident_memory_bytes',
}

const usage: readonly ModelUsage[] = [
  {
    model: 'small',
    loaded: true,
    memoryBytes: 5e6,
    loads: 3,
    evictions: 2,
    lastUsedAt: 1,
    runs: { inputs: 13, bySize: [1, 0, 1, 1] },
  },
]

function exchange(parts: Partial<Exchange> = {}): Exchange {
  const { metrics } = createContext()
  return {
    method: 'POST',
    route: '/embed',
    status: 200,
    milliseconds: 3,
    sentBytes: 100,
    receivedBytes: 10,
    caller: undefined,
    requestId: 'r',
    metrics,
    ...parts,
  }
}

/** Lines of a metric with their values. */
async function linesOf(prometheus: { text(): Promise<string> }, name: string): Promise<string[]> {
  return (await prometheus.text()).split('\n').filter((line) => line.startsWith(name))
}

test('has every metric of CloudWatch, under its own name or another one', async () => {
  const own = new Set<string>([DURATIONS, RATES, COUNTS, JOB_ENDS].flatMap((names) => Object.keys(names)))
  const named = Object.keys(COUNTS_BY_CODE)
  const missing = (Object.keys(METRIC_UNITS) as MetricName[]).filter((name) => {
    const [stem = ''] = name.split('/')
    return !own.has(name) && !named.includes(stem) && !ELSEWHERE[name] && !own.has(stem)
  })
  expect(missing).toEqual([])
  const text = await createPrometheus({ engine: { usage: () => usage } }).text()
  for (const name of Object.values(ELSEWHERE)) expect(text).toContain(`# TYPE ${name} `)
})

test('counts requests by route, model and status, and their time in buckets from a millisecond on', async () => {
  const prometheus = createPrometheus({})
  const worked = createContext()
  worked.metrics.add('small', 'Requests', 1)
  worked.metrics.add('wide', 'Requests', 1)
  prometheus.observe(exchange({ metrics: worked.metrics }))
  const refused = createContext()
  addRefusal(refused.metrics, 'overloaded')
  prometheus.observe(exchange({ status: 429, metrics: refused.metrics }))
  prometheus.observe(exchange({ route: undefined, status: 404, metrics: undefined }))
  expect(await linesOf(prometheus, 'embeddings_requests_total')).toEqual([
    'embeddings_requests_total{route="/embed",model="small",status="200"} 1',
    'embeddings_requests_total{route="/embed",model="none",status="429"} 1',
    'embeddings_requests_total{route="other",model="none",status="404"} 1',
  ])
  const buckets = await linesOf(prometheus, 'embeddings_request_duration_seconds_bucket')
  expect(
    buckets
      .filter((line) => line.includes('model="small"'))
      .map((line) => line.replace(/.*le="([^"]+)".* /, '$1 ')),
  ).toEqual([
    '0.001 0',
    '0.002 0',
    '0.005 1',
    '0.01 1',
    '0.02 1',
    '0.05 1',
    '0.1 1',
    '0.2 1',
    '0.5 1',
    '1 1',
    '2 1',
    '5 1',
    '10 1',
    '+Inf 1',
  ])
  expect(await linesOf(prometheus, 'embeddings_errors_total')).toEqual([
    'embeddings_errors_total{model="none",code="overloaded"} 1',
  ])
})

test('adds up what models measured, in seconds', async () => {
  const prometheus = createPrometheus({})
  const { metrics } = createContext()
  metrics.add('small', 'QueueTime', 250)
  metrics.add('small', 'InputTokens', 12)
  metrics.add('small', 'LoadTime', 80)
  metrics.add('small', 'LoadTime/cache', 80)
  prometheus.observe(exchange({ metrics }))
  prometheus.observe(exchange({ metrics }))
  expect(await linesOf(prometheus, 'embeddings_queue_duration_seconds_sum')).toEqual([
    'embeddings_queue_duration_seconds_sum{model="small"} 0.5',
  ])
  expect(await linesOf(prometheus, 'embeddings_tokens_total')).toEqual([
    'embeddings_tokens_total{model="small"} 24',
  ])
  expect(await linesOf(prometheus, 'embeddings_load_duration_seconds_count')).toEqual([
    'embeddings_load_duration_seconds_count{model="small"} 2',
  ])
})

test('shows how fast answers of language models came, and how many are made or wait', async () => {
  const answers = new Map([['story', 2]])
  const prometheus = createPrometheus({ answers: () => answers })
  const { metrics } = createContext()
  metrics.add('story', 'PromptTokens', 30)
  metrics.add('story', 'GeneratedTokens', 12)
  metrics.add('story', 'TimeToFirstToken', 400)
  metrics.add('story', 'TokensPerSecond', 40)
  prometheus.observe(exchange({ metrics }))
  const text = await prometheus.text()
  for (const line of [
    'embeddings_prompt_tokens_total{model="story"} 30',
    'embeddings_generated_tokens_total{model="story"} 12',
    'embeddings_first_token_duration_seconds_sum{model="story"} 0.4',
    'embeddings_generated_tokens_per_second_bucket{le="20",model="story"} 0',
    'embeddings_generated_tokens_per_second_bucket{le="50",model="story"} 1',
    'embeddings_answers_in_progress{model="story"} 2',
  ])
    expect(text).toContain(`${line}\n`)
})

test('takes in what batch jobs measured', async () => {
  const prometheus = createPrometheus({})
  const context = createContext()
  context.metrics.add('small', 'Rows', 1000)
  context.metrics.add('small', 'RowErrors', 3)
  context.metrics.add('small', 'RowErrors/empty_input', 3)
  context.metrics.add('all', 'JobsFailed', 1)
  prometheus.write(context)
  const text = await prometheus.text()
  expect(text).toContain('embeddings_rows_total{model="small"} 1000\n')
  expect(text).toContain('embeddings_row_errors_total{model="small",code="empty_input"} 3\n')
  expect(text).toContain('embeddings_jobs_total{status="failed"} 1\n')
})

test('asks the engine and the server at each scrape', async () => {
  let waiting = 7
  let ready = true
  const prometheus = createPrometheus({
    engine: { usage: () => usage, waiting: () => waiting },
    connections: () => 40,
    ready: () => ready,
  })
  const text = await prometheus.text()
  for (const line of [
    'embeddings_queue_depth 7',
    'embeddings_connections 40',
    'embeddings_ready 1',
    'embeddings_loads_total{model="small"} 3',
    'embeddings_evictions_total{model="small"} 2',
    'embeddings_model_memory_bytes{model="small"} 5000000',
    'embeddings_batch_size_bucket{le="1",model="small"} 1',
    'embeddings_batch_size_bucket{le="4",model="small"} 2',
    'embeddings_batch_size_bucket{le="8",model="small"} 3',
    'embeddings_batch_size_bucket{le="+Inf",model="small"} 3',
    'embeddings_batch_size_sum{model="small"} 13',
    `embeddings_build_info{version="${packageFile.version}",node="${process.versions.node}",architecture="${process.arch}"} 1`,
  ])
    expect(text.split('\n')).toContain(line)
  waiting = 0
  ready = false
  const later = await prometheus.text()
  expect(later).toMatch(/^embeddings_queue_depth 0$/m)
  expect(later).toMatch(/^embeddings_ready 0$/m)
  expect(later).toMatch(/^embeddings_loads_total\{model="small"\} 3$/m)
})

test('writes what a parser of the text format takes: each metric has one type, and lines end well', async () => {
  const prometheus = createPrometheus({ engine: { usage: () => usage } })
  prometheus.observe(exchange())
  const lines = (await prometheus.text()).split('\n')
  const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2])
  expect(new Set(types).size).toBe(types.length)
  const broken = lines.filter(
    (line) => !/^(|# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? (-?[\d.e+-]+|Nan|\+Inf))$/.test(line),
  )
  expect(broken).toEqual([])
  expect(lines.at(-1)).toBe('')
})
