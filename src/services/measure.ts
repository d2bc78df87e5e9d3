import type { Context } from '../context.ts'
import { toAppError } from '../errors.ts'
import type { Metrics } from '../metrics.ts'
import type { EngineResult, ScoreResult } from '../models/engine.ts'

/** Runs a job of the engine and adds its measurements, and its failure, to the context's metrics. */
export async function measured<Result extends EngineResult | ScoreResult>(
  { metrics }: Context,
  model: string,
  texts: number,
  run: () => Promise<Result>,
): Promise<Result> {
  metrics.add(model, 'Requests', 1)
  metrics.add(model, 'InputTexts', texts)
  try {
    const result = await run()
    record(metrics, model, result)
    return result
  } catch (error) {
    metrics.add(model, 'Errors', 1)
    throw toAppError(error)
  }
}

function record(metrics: Metrics, id: string, result: EngineResult | ScoreResult): void {
  metrics.add(id, 'InputTokens', result.tokens)
  metrics.add(id, 'TruncatedTexts', result.truncated)
  metrics.add(id, 'TokenizeTime', result.tokenizeMs)
  metrics.add(id, 'InferenceTime', result.inferenceMs)
  metrics.add(id, 'ColdStart', result.coldStart ? 1 : 0)
  metrics.add(id, 'SessionHits', result.coldStart ? 0 : 1)
  metrics.add(id, 'SessionEvictions', result.evictions)
  if (!result.coldStart) return
  metrics.add(id, 'LoadTime', result.loadMs)
  metrics.add(id, 'LoadBytes', result.loadBytes)
}
