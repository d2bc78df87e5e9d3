import type { MetricName } from '../../src/metrics.ts'
import type { Prices } from './lambda.ts'

/** What the doors write into their logs in ordinary use, by the hour of which CloudWatch is paid. */
interface WrittenMetrics {
  /** Of each model that the door serves. */
  readonly eachModel: readonly MetricName[]
  /** Once for the door, under the model `all`. */
  readonly door: readonly MetricName[]
}

const OF_REQUESTS = [
  ...['Requests', 'InputTexts', 'InputTokens', 'Latency', 'QueueTime', 'TokenizeTime', 'InferenceTime'],
  ...['ColdStart', 'LoadTime', 'LoadTime/disk', 'LoadBytes', 'ModelMemory', 'SessionHits', 'ProcessMemory'],
] as readonly MetricName[]
const OF_FILES = [
  ...OF_REQUESTS,
  ...(['Rows', 'Shards', 'ShardTime', 'OutputBytes', 'CheckpointLag'] as const),
] as readonly MetricName[]

/**
 * The metrics of requests that succeed and files that are good, model loaded from the layer; a test counts them in the
 * lines of the doors. Each kind of failure is one more while it lasts.
 */
export const WRITTEN_METRICS = {
  embed: { eachModel: OF_REQUESTS, door: [] },
  match: { eachModel: OF_REQUESTS, door: [] },
  batch: { eachModel: OF_FILES, door: ['JobsSucceeded', 'ProcessMemory'] },
  split: { eachModel: OF_FILES, door: ['JobsSucceeded', 'JobAge', 'ProcessMemory'] },
} as const satisfies Readonly<Record<string, WrittenMetrics>>

/** US dollars a month of a door's metrics: of each model, and of the door whatever its models. */
export function metricDollars(
  { cloudWatch: { metricMonth } }: Prices,
  door: keyof typeof WRITTEN_METRICS,
): { readonly eachModel: number; readonly door: number } {
  const { eachModel, door: once } = WRITTEN_METRICS[door]
  return { eachModel: eachModel.length * metricMonth, door: once.length * metricMonth }
}
