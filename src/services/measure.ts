import type { Context } from '../context.ts'
import { toAppError } from '../errors.ts'
import { addError, type Metrics } from '../metrics.ts'
import type { EngineResult, ScoreResult } from '../models/engine/engine.ts'
import { recordLoad } from '../models/engine/record-load.ts'

/** Runs a job of the engine and adds its measurements, and its failure, to the context's metrics. */
export async function measured<Result extends EngineResult | ScoreResult>(
  { metrics, signal }: Context,
  model: string,
  texts: number,
  run: () => Promise<Result>,
): Promise<Result> {
  metrics.add(model, 'Requests', 1)
  metrics.add(model, 'InputTexts', texts)
  const start = performance.now()
  try {
    const result = await run()
    record(metrics, model, result)
    return result
  } catch (error) {
    const failure = toAppError(error)
    // The caller has left: that is no failure of the model.
    if (!signal.aborted) addError(metrics, model, failure.code)
    throw failure
  } finally {
    metrics.add(model, 'Latency', performance.now() - start)
  }
}

function record(metrics: Metrics, id: string, result: EngineResult | ScoreResult): void {
  metrics.add(id, 'InputTokens', result.tokens)
  metrics.add(id, 'TruncatedTexts', result.truncated)
  metrics.add(id, 'QueueTime', result.queueMs ?? 0)
  metrics.add(id, 'TokenizeTime', result.tokenizeMs)
  metrics.add(id, 'InferenceTime', result.inferenceMs)
  metrics.add(id, 'ColdStart', result.coldStart ? 1 : 0)
  metrics.add(id, 'SessionHits', result.coldStart ? 0 : 1)
  metrics.add(id, 'SessionEvictions', result.evictions)
  recordLoad(metrics, id, result)
}
