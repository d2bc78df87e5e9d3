import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import packageFile from '../../package.json' with { type: 'json' }
import type { MetricsWriter } from '../emf.ts'
import { EVERY_MODEL, type Metrics } from '../metrics.ts'
import type { Engine } from '../models/engine/engine.ts'
import type { Observer } from './exchange.ts'
import { histogramText, type SizeCounts } from './histogram-text.ts'
import { COUNTS, COUNTS_BY_CODE, DURATIONS, JOB_ENDS, RATES } from './metric-names.ts'

/*
 * prom-client is 67 kB of the server's bundle and of no other door's, and is loaded by a server with METRICS_PORT alone:
 * some 30 ms of its start. A request takes 5 µs more, a scrape 3 ms (CPU time, measured on a busy two-core machine).
 */

/** What a process tells Prometheus. */
interface Prometheus {
  /** Takes a request into account. */
  readonly observe: Observer
  /** Takes in what was measured elsewhere, such as by a batch job. */
  readonly write: MetricsWriter
  readonly contentType: string
  /** Everything so far, in the text format of Prometheus. */
  text(): Promise<string>
}

/** What is asked when Prometheus asks; a process has what it has. */
export interface PrometheusParts {
  readonly engine?: Pick<Engine, 'usage' | 'waiting'>
  /** Answers of language models that are made or wait, by model. */
  readonly answers?: (() => ReadonlyMap<string, number>) | undefined
  readonly connections?: () => number
  readonly ready?: () => boolean
  /** Of a worker that takes messages from a queue, since its start. */
  readonly messages?: () => MessageCounts
}

/** Messages in work now, and those before by what became of them. */
interface MessageCounts {
  readonly inWork: number
  readonly done: number
  readonly again: number
  readonly lost: number
}

/** Seconds: a millisecond to a second, and what takes too long. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

/** Tokens a second: a model that is too large for its machine, to a small one on many processors. */
const RATE_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500]

/** The label of requests for which no model worked, and of paths that are no route. */
const NONE = 'none'
const OTHER = 'other'

/**
 * Metrics of this process. Labels have few values: routes as they are documented, ids of the catalog, statuses, codes of
 * the closed list; nothing that a caller may choose.
 */
export function createPrometheus(parts: PrometheusParts): Prometheus {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  describeBuild(registry)
  describeProcess(registry, parts)
  const addRequest = countRequests(registry)
  const addMetrics = countMetrics(registry)
  return {
    observe(exchange) {
      addRequest(exchange)
      if (exchange.metrics) addMetrics(exchange.metrics)
    },
    write: ({ metrics }) => addMetrics(metrics),
    contentType: registry.contentType,
    async text() {
      const sizes = new Map<string, SizeCounts>(parts.engine?.usage().map(({ model, runs }) => [model, runs]))
      return (
        (await registry.metrics()) +
        histogramText('embeddings_batch_size', 'Inputs in one run of a graph.', sizes)
      )
    },
  }
}

function describeBuild(registry: Registry): void {
  const build = new Gauge({
    ...named({ name: 'build_info', help: 'What runs here; always 1.' }, registry),
    labelNames: ['version', 'node', 'architecture'],
  })
  build.set({ version: packageFile.version, node: process.versions.node, architecture: process.arch }, 1)
}

/** What is asked of engine and server at each scrape. */
function describeProcess(
  registry: Registry,
  { engine, answers, connections, ready, messages }: PrometheusParts,
): void {
  const gauge = (name: string, help: string, value: (() => number) | undefined) =>
    value &&
    new Gauge({
      ...named({ name, help }, registry),
      collect() {
        this.set(value())
      },
    })
  gauge('connections', 'Open connections to the API.', connections)
  gauge('ready', '1 when requests should come, as /ready says.', ready && (() => (ready() ? 1 : 0)))
  gauge('messages_in_work', 'Messages of the queue in work.', messages && (() => messages().inWork))
  if (messages) describeMessages(registry, messages)
  if (answers) describeAnswers(registry, answers)
  gauge('queue_depth', 'Jobs that wait for a worker.', engine && (() => engine.waiting?.() ?? 0))
  if (!engine) return
  const labelNames = ['model'] as const
  const total = (name: string, help: string, field: 'loads' | 'evictions') =>
    new Counter({
      ...named({ name, help }, registry),
      labelNames,
      collect() {
        this.reset()
        for (const { model, [field]: count } of engine.usage()) this.inc({ model }, count)
      },
    })
  total('loads_total', 'Loads of a model into memory.', 'loads')
  total('evictions_total', 'Times that a model left memory for another one.', 'evictions')
  new Gauge({
    ...named({ name: 'model_memory_bytes', help: 'What a model takes in memory.' }, registry),
    labelNames,
    collect() {
      for (const { model, memoryBytes } of engine.usage()) this.set({ model }, memoryBytes)
    },
  })
}

function countRequests(registry: Registry): Observer {
  const requests = new Counter({
    ...named({ name: 'requests_total', help: 'Requests; 499 for a client that left.' }, registry),
    labelNames: ['route', 'model', 'status'],
  })
  const durations = new Histogram({
    ...named(
      { name: 'request_duration_seconds', help: 'From the head of a request to the end of its answer.' },
      registry,
    ),
    labelNames: ['route', 'model'],
    buckets: BUCKETS,
  })
  return ({ route = OTHER, status, milliseconds, metrics }) => {
    const model = firstModel(metrics)
    requests.inc({ route, model, status })
    durations.observe({ route, model }, milliseconds / 1000)
  }
}

function describeMessages(registry: Registry, messages: () => MessageCounts): void {
  new Counter({
    ...named({ name: 'messages_total', help: 'Messages of the queue by what became of them.' }, registry),
    labelNames: ['outcome'],
    collect() {
      this.reset()
      const { done, again, lost } = messages()
      for (const [outcome, count] of Object.entries({ done, again, lost })) this.inc({ outcome }, count)
    },
  })
}

function describeAnswers(registry: Registry, answers: () => ReadonlyMap<string, number>): void {
  new Gauge({
    ...named(
      { name: 'answers_in_progress', help: 'Answers of a language model that are made or wait.' },
      registry,
    ),
    labelNames: ['model'],
    collect() {
      this.reset()
      for (const [model, count] of answers()) this.set({ model }, count)
    },
  })
}

/** The model that worked first: a request counts once, also where several worked for it. */
function firstModel(metrics: Metrics | undefined): string {
  for (const [model] of metrics?.entries() ?? []) if (model !== EVERY_MODEL) return model
  return NONE
}

/** Adds what was measured for one request or job to counters and histograms. */
function countMetrics(registry: Registry): (metrics: Metrics) => void {
  const add = new Map<string, (model: string, value: number, code: string) => void>()
  const labelNames = ['model'] as const
  for (const [name, entry] of Object.entries(DURATIONS)) {
    const histogram = new Histogram({ ...named(entry, registry), labelNames, buckets: BUCKETS })
    add.set(name, (model, milliseconds) => histogram.observe({ model }, milliseconds / 1000))
  }
  for (const [name, entry] of Object.entries(RATES)) {
    const histogram = new Histogram({ ...named(entry, registry), labelNames, buckets: RATE_BUCKETS })
    add.set(name, (model, rate) => histogram.observe({ model }, rate))
  }
  for (const [name, entry] of Object.entries(COUNTS)) {
    const counter = new Counter({ ...named(entry, registry), labelNames })
    add.set(name, (model, count) => counter.inc({ model }, count))
  }
  for (const [name, entry] of Object.entries(COUNTS_BY_CODE)) {
    const counter = new Counter({ ...named(entry, registry), labelNames: ['model', 'code'] })
    add.set(`${name}/`, (model, count, code) => counter.inc({ model, code }, count))
  }
  const jobs = new Counter({
    ...named({ name: 'jobs_total', help: 'Batch jobs that came to an end.' }, registry),
    labelNames: ['status'],
  })
  for (const [name, status] of Object.entries(JOB_ENDS))
    add.set(name, (_, count) => jobs.inc({ status }, count))
  return (metrics) => {
    for (const [model, values] of metrics.entries()) {
      for (const [name, value] of values) {
        const slash = name.indexOf('/') + 1
        add.get(slash ? name.slice(0, slash) : name)?.(
          model === EVERY_MODEL ? NONE : model,
          value,
          name.slice(slash),
        )
      }
    }
  }
}

function named({ name, help }: { readonly name: string; readonly help: string }, registry: Registry) {
  return { name: `embeddings_${name}`, help, registers: [registry] }
}
