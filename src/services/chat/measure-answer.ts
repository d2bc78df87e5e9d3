import type { Context } from '../../context.ts'
import { toAppError } from '../../errors.ts'
import { addError, type Metrics } from '../../metrics.ts'
import type { Finish, Piece } from '../../models/generate/generator.ts'

/** Hands an answer on and adds what it took, and its failure, to the context's metrics. */
export async function* measuredAnswer(
  { metrics, signal }: Context,
  model: string,
  answer: AsyncIterable<Piece | Finish>,
): AsyncGenerator<Piece | Finish, void, void> {
  const clock = createClock(metrics, model)
  metrics.add(model, 'Requests', 1)
  // At once when the caller leaves: the server looks at the measurements as the connection closes.
  signal.addEventListener('abort', clock.stop, { once: true })
  try {
    for await (const piece of answer) {
      if (piece.kind === 'text') clock.pass()
      else clock.end(piece)
      yield piece
    }
  } catch (error) {
    const failure = toAppError(error)
    // The caller has left: that is no failure of the model.
    if (!signal.aborted) addError(metrics, model, failure.code)
    throw failure
  } finally {
    signal.removeEventListener('abort', clock.stop)
    clock.stop()
  }
}

/** Times an answer; what it found out is in the metrics once it stops, which it does once. */
function createClock(metrics: Metrics, model: string) {
  const start = performance.now()
  let pieces = 0
  let firstAt = 0
  let finish: { readonly at: number; readonly usage: Finish['usage'] } | undefined
  let isStopped = false
  return {
    pass() {
      if (pieces === 0) firstAt = performance.now()
      pieces += 1
    },
    end({ usage }: Finish) {
      finish = { at: performance.now(), usage }
    },
    stop() {
      if (isStopped) return
      isStopped = true
      metrics.add(model, 'Latency', performance.now() - start)
      const generated = finish?.usage?.generatedTokens ?? pieces
      metrics.add(model, 'PromptTokens', finish?.usage?.promptTokens ?? 0)
      metrics.add(model, 'GeneratedTokens', generated)
      if (pieces === 0) return
      metrics.add(model, 'TimeToFirstToken', firstAt - start)
      const seconds = ((finish?.at ?? firstAt) - firstAt) / 1000
      // Of a single token there is no pace.
      if (generated > 1 && seconds > 0) metrics.add(model, 'TokensPerSecond', (generated - 1) / seconds)
    },
  }
}
