import type { Metrics as Powertools } from '@aws-lambda-powertools/metrics'
import type { Context } from './context.ts'
import { METRIC_UNITS } from './metrics.ts'

/** Writes what an invocation measured. */
export type MetricsWriter = (context: Context) => Promise<void>

const NAMESPACE = 'ServerlessEmbeddings'

/**
 * A writer of CloudWatch's embedded metric format: one line of standard output per model and invocation, with the
 * dimension sets [Model] and [Model, Function] and the request id as a field to search for. The library is loaded
 * with the first line.
 *
 * @param functionName value of the dimension Function
 */
export function createEmfWriter(functionName: string): MetricsWriter {
  let library: Promise<Powertools> | undefined
  return async (context) => {
    const entries = [...context.metrics.entries()]
    if (entries.length === 0) return
    library ??= loadLibrary()
    const emf = await library
    for (const [model, values] of entries) {
      // Default dimensions join every set: an empty one and one with the function make the two sets that we pay for.
      emf.clearDefaultDimensions()
      emf.setDefaultDimensions({ Model: model })
      emf.addDimensions({}).addDimensions({ Function: functionName })
      emf.addMetadata('requestId', context.requestId)
      for (const [name, value] of values) emf.addMetric(name, METRIC_UNITS[name], value)
      emf.publishStoredMetrics()
    }
  }
}

async function loadLibrary(): Promise<Powertools> {
  const { Metrics } = await import('@aws-lambda-powertools/metrics')
  return new Metrics({ namespace: NAMESPACE })
}
