/** Every metric the project emits, with its CloudWatch unit. */
export const METRIC_UNITS = {
  Requests: 'Count',
  Errors: 'Count',
  InputTexts: 'Count',
  InputTokens: 'Count',
  TruncatedTexts: 'Count',
  TokenizeTime: 'Milliseconds',
  InferenceTime: 'Milliseconds',
  LoadTime: 'Milliseconds',
  LoadBytes: 'Bytes',
  ColdStart: 'Count',
  SessionHits: 'Count',
  SessionEvictions: 'Count',
  Rows: 'Count',
  RowErrors: 'Count',
  'RowErrors/invalid_request': 'Count',
  'RowErrors/empty_input': 'Count',
  'RowErrors/input_too_long': 'Count',
  'RowErrors/payload_too_large': 'Count',
  'RowErrors/inference_failed': 'Count',
  'RowErrors/internal': 'Count',
  Shards: 'Count',
  ShardTime: 'Milliseconds',
  OutputBytes: 'Bytes',
  Retries: 'Count',
  CheckpointLag: 'Milliseconds',
  JobsSucceeded: 'Count',
  JobsFailed: 'Count',
} as const

/** Codes that a row of a batch job can fail with; each has a metric of its own. */
export const ROW_ERROR_CODES = [
  'invalid_request',
  'empty_input',
  'input_too_long',
  'payload_too_large',
  'inference_failed',
  'internal',
] as const

/** A key of {@link METRIC_UNITS}. */
export type MetricName = keyof typeof METRIC_UNITS

/** Collects measurements per model during one invocation; a door writes them out at its end. */
export interface Metrics {
  /** Adds `value`, in the metric's unit, to what `model` (a catalog id) has measured so far. */
  add(model: string, name: MetricName, value: number): void
  /** What was collected, per model in order of first use. */
  entries(): IterableIterator<[model: string, values: ReadonlyMap<MetricName, number>]>
}

/** An empty collector, to be owned by one invocation. */
export function createMetrics(): Metrics {
  const models = new Map<string, Map<MetricName, number>>()
  return {
    add(model, name, value) {
      const values = models.get(model) ?? new Map<MetricName, number>()
      models.set(model, values.set(name, (values.get(name) ?? 0) + value))
    },
    entries: () => models.entries(),
  }
}
