import type { AppError } from '../errors.ts'

/** Who takes nothing for so long gets no more: its answer would keep the model from everybody else. */
const STALL_MS = 30_000

/** Headers of a stream of events, which no proxy should keep back. */
export const EVENT_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  // For nginx, which would hand the whole answer on at its end.
  'X-Accel-Buffering': 'no',
}

/** What becomes of a stream of events. */
interface EventStreamParts {
  /** Hears of a failure in the midst of the stream; gives what the last event says of it. */
  readonly failed: (cause: unknown) => object
  /** Hears of a reader who has taken nothing for too long; gives the error that ends the connection. */
  readonly stalled: () => AppError
  readonly stallMs?: number
}

/**
 * Events as the bytes of `text/event-stream`, each made when its reader has taken those before; `[DONE]` is the last, but
 * for a stream that fails. Ending the reading ends the making.
 */
export function eventStream(
  events: AsyncGenerator<object, void, void>,
  { failed, stalled, stallMs = STALL_MS }: EventStreamParts,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const write = (data: string) => encoder.encode(`data: ${data}\n\n`)
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const end = async () => {
    isOver = true
    clearTimeout(timer)
    await events.return()
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(timer)
        try {
          const next = await events.next()
          if (isOver) return
          controller.enqueue(write(next.done ? '[DONE]' : JSON.stringify(next.value)))
          if (next.done) return controller.close()
          timer = setTimeout(() => {
            void end().catch(() => undefined)
            controller.error(stalled())
          }, stallMs)
        } catch (cause) {
          const last = failed(cause)
          if (isOver) return
          controller.enqueue(write(JSON.stringify(last)))
          controller.close()
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
