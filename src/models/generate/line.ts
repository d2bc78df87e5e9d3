import { type Context, throwIfDone } from '../../context.ts'
import { AppError } from '../../errors.ts'

/** A line before something that serves one at a time. */
interface Line {
  /**
   * Waits for one's turn, and adds the wait to the context's metrics.
   *
   * @returns what ends the turn; to be called once
   * @throws AppError `overloaded` when too many wait already, `deadline_exceeded` when the context ends first
   */
  enter(context: Context): Promise<() => void>
}

/** @param most how many may wait beside the one whose turn it is */
export function createLine(model: string, most: number): Line {
  const waiting: (() => void)[] = []
  let busy = false
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else busy = false
  }
  return {
    async enter(context) {
      throwIfDone(context)
      if (!busy) {
        busy = true
        context.metrics.add(model, 'QueueTime', 0)
        return leave
      }
      if (waiting.length >= most) throw full(model, most)
      const start = performance.now()
      await new Promise<void>((resolve, reject) => {
        const end = () => {
          const place = waiting.indexOf(begin)
          if (place >= 0) waiting.splice(place, 1)
          settle()
          reject(waitedInVain(model, context))
        }
        const timer = Number.isFinite(context.deadline)
          ? setTimeout(end, Math.max(0, context.deadline - Date.now()))
          : undefined
        const settle = () => {
          clearTimeout(timer)
          context.signal.removeEventListener('abort', end)
        }
        const begin = () => {
          settle()
          resolve()
        }
        waiting.push(begin)
        context.signal.addEventListener('abort', end, { once: true })
      }).finally(() => context.metrics.add(model, 'QueueTime', performance.now() - start))
      return leave
    },
  }
}

/** The time of a request was up before its turn came; `waiting` tells that from an answer that took too long. */
function waitedInVain(model: string, { requestId }: Context): AppError {
  return new AppError(
    'deadline_exceeded',
    `Request ${requestId} waited for model ${model}, which was busy with other answers, until its time was up; try again later or raise the timeout.`,
    { details: { model, waiting: true } },
  )
}

function full(model: string, most: number): AppError {
  return new AppError(
    'overloaded',
    `Model ${model} answers one conversation at a time, and ${most} wait already; try again later.`,
    { details: { model } },
  )
}
