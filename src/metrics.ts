import { ERROR_CODES, type ErrorCode } from './errors.ts'

/** Where a model's files came from: used in place, in the disk cache, or fetched from a bucket, a web server, the hub. */
export const LOAD_SOURCES = ['disk', 'cache', 's3', 'web', 'hub'] as const
/** One of {@link LOAD_SOURCES}. */
export type LoadSource = (typeof LOAD_SOURCES)[number]

/** Codes that a row of a batch job can fail with; each has a metric of its own. */
export const ROW_ERROR_CODES = [
  'invalid_request',
  'empty_input',
  'input_too_long',
  'payload_too_large',
  'inference_failed',
  'internal',
] as const

/**
 * Every metric the project emits, with its CloudWatch unit. The dashboard reads the same list. A code or a source is
 * part of a name rather than a dimension: what never happens is then never paid for.
 */
export const METRIC_UNITS = {
  Requests: 'Count',
  Errors: 'Count',
  ...each('Errors', ERROR_CODES, 'Count'),
  InputTexts: 'Count',
  InputTokens: 'Count',
  TruncatedTexts: 'Count',
  /** Of conversations: tokens that were read. */
  PromptTokens: 'Count',
  /** Of answers; of one that was cut before its end as many as it has pieces, each of a token or more. */
  GeneratedTokens: 'Count',
  /** From the arrival until the first piece of an answer, the wait for its turn and the loading included. */
  TimeToFirstToken: 'Milliseconds',
  /** Of one answer, behind its first piece, as fast as its reader took it. */
  TokensPerSecond: 'Count/Second',
  /** From the arrival at the API or the server until the model has done its work, loading included. */
  Latency: 'Milliseconds',
  /** From the arrival at the API or the server until the model has a thread: a start of Lambda, a line for a worker. */
  QueueTime: 'Milliseconds',
  TokenizeTime: 'Milliseconds',
  InferenceTime: 'Milliseconds',
  /** Invocations that had to load the model. */
  ColdStart: 'Count',
  LoadTime: 'Milliseconds',
  ...each('LoadTime', LOAD_SOURCES, 'Milliseconds'),
  LoadBytes: 'Bytes',
  SessionHits: 'Count',
  SessionEvictions: 'Count',
  DiskCacheHits: 'Count',
  DiskCacheMisses: 'Count',
  /** What the model took as it was loaded. */
  ModelMemory: 'Bytes',
  /** What the process held in memory as the invocation ended. */
  ProcessMemory: 'Bytes',
  Rows: 'Count',
  RowErrors: 'Count',
  ...each('RowErrors', ROW_ERROR_CODES, 'Count'),
  Shards: 'Count',
  ShardTime: 'Milliseconds',
  OutputBytes: 'Bytes',
  Retries: 'Count',
  CheckpointLag: 'Milliseconds',
  /** From a job's first worker on, as a turn of one of its workers ends and the job does not. */
  JobAge: 'Milliseconds',
  JobsSucceeded: 'Count',
  JobsFailed: 'Count',
} as const

/** A key of {@link METRIC_UNITS}. */
export type MetricName = keyof typeof METRIC_UNITS

/** What is counted under no model: requests refused before one was chosen, and jobs as a whole. */
export const EVERY_MODEL = 'all'

function each<Prefix extends string, Name extends string, Unit extends string>(
  prefix: Prefix,
  names: readonly Name[],
  unit: Unit,
) {
  const entries = names.map((name) => [`${prefix}/${name}`, unit])
  return Object.fromEntries(entries) as Readonly<Record<`${Prefix}/${Name}`, Unit>>
}

/** Collects measurements per model during one invocation; a door writes them out at its end. */
export interface Metrics {
  /**
   * Adds `value`, in the metric's unit, to what `model` (a catalog id) has measured so far; of ages the greatest
   * counts, for two jobs of one invocation are not as old as both together.
   */
  add(model: string, name: MetricName, value: number): void
  /** What was collected, per model in order of first use. */
  entries(): IterableIterator<[model: string, values: ReadonlyMap<MetricName, number>]>
}

const AGES: ReadonlySet<MetricName> = new Set(['CheckpointLag', 'JobAge'])

/** An empty collector, to be owned by one invocation. */
export function createMetrics(): Metrics {
  const models = new Map<string, Map<MetricName, number>>()
  return {
    add(model, name, value) {
      const values = models.get(model) ?? new Map<MetricName, number>()
      const before = values.get(name) ?? 0
      models.set(model, values.set(name, AGES.has(name) ? Math.max(before, value) : before + value))
    },
    entries: () => models.entries(),
  }
}

/** Counts a failure of `model` by its code. */
export function addError(metrics: Metrics, model: string, code: ErrorCode): void {
  metrics.add(model, 'Errors', 1)
  metrics.add(model, `Errors/${code}`, 1)
}

/** Counts a request that was refused before a model worked on it; a failure of a model is counted there already. */
export function addRefusal(metrics: Metrics, code: ErrorCode): void {
  for (const [, values] of metrics.entries()) if (values.has('Errors')) return
  metrics.add(EVERY_MODEL, 'Requests', 1)
  addError(metrics, EVERY_MODEL, code)
}
