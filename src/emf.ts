import type { Context } from './context.ts'
import { METRIC_UNITS, type MetricName } from './metrics.ts'

/** Writes what an invocation measured. */
export type MetricsWriter = (context: Context) => void

/** The namespace of every metric. */
export const NAMESPACE = 'ServerlessEmbeddings'

/** The two sets that we pay for: one model everywhere, and one model in one function. */
const DIMENSION_SETS = [['Model'], ['Model', 'Function']]

/**
 * A writer of CloudWatch's embedded metric format: one line of standard output per model and invocation, with the
 * request id as a field to search for. A library for it costs 5 ms of each cold start and 0.2 ms of each request.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param functionName value of the dimension Function
 */
export function createEmfWriter(functionName: string): MetricsWriter {
  return ({ metrics, requestId }) => {
    for (const [model, values] of metrics.entries()) {
      const document = {
        _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directiveOf(values)] },
        Model: model,
        Function: functionName,
        requestId,
        ...Object.fromEntries(values),
      }
      process.stdout.write(`${JSON.stringify(document)}\n`)
    }
  }
}

function directiveOf(values: ReadonlyMap<MetricName, number>) {
  const Metrics = Array.from(values.keys(), (Name) => ({ Name, Unit: METRIC_UNITS[Name] }))
  return { Namespace: NAMESPACE, Dimensions: DIMENSION_SETS, Metrics }
}
