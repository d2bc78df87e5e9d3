import type { Context } from '../../context.ts'
import { toAppError } from '../../errors.ts'
import { addError } from '../../metrics.ts'
import type { Finish, Piece } from '../../models/generate/generator.ts'

/** Hands an answer on and adds what it took, and its failure, to the context's metrics. */
export async function* measuredAnswer(
  { metrics, signal }: Context,
  model: string,
  answer: AsyncIterable<Piece | Finish>,
): AsyncGenerator<Piece | Finish, void, void> {
  const start = performance.now()
  let isRecorded = false
  metrics.add(model, 'Requests', 1)
  // At once when the caller leaves: the server looks at the measurements as the connection closes.
  const record = () => {
    if (isRecorded) return
    isRecorded = true
    metrics.add(model, 'Latency', performance.now() - start)
  }
  signal.addEventListener('abort', record, { once: true })
  try {
    yield* answer
  } catch (error) {
    const failure = toAppError(error)
    // The caller has left: that is no failure of the model.
    if (!signal.aborted) addError(metrics, model, failure.code)
    throw failure
  } finally {
    signal.removeEventListener('abort', record)
    record()
  }
}
