import { setTimeout as wait } from 'node:timers/promises'
import { type Context, throwIfDone } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Engine } from '../../models/engine/engine.ts'

const SHORTEST_WAIT_MS = 200

/**
 * An engine that comes again where too many wait: a batch can wait, and requests go before it. It has one call at a time
 * among the turns of a worker, so that a request beside it waits for one run of a graph at most.
 */
export function createPatientEngine(engine: Engine): Engine {
  const patient = async <T>(ask: () => Promise<T>, context: Context): Promise<T> => {
    while (true) {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'overloaded') throw error
        throwIfDone(context)
        const seconds = Number(error.details.retryAfterSeconds ?? 0)
        await wait(Math.max(SHORTEST_WAIT_MS, seconds * 1000), undefined, { signal: context.signal }).catch(
          () => throwIfDone(context),
        )
      }
    }
  }
  return {
    ...engine,
    embed: (job, context) => patient(() => engine.embed(job, context), context),
    score: (job, context) => patient(() => engine.score(job, context), context),
    tokenize: (job, context) => patient(() => engine.tokenize(job, context), context),
  }
}
