import type { AppError } from '../errors.ts'

/** Who takes nothing for so long gets no more: its answer would keep the model from everybody else. */
const STALL_MS = 30_000

/** Pauses between events are filled as often: load balancers close what has been silent for 60 s. */
const HEARTBEAT_MS = 15_000
/** A comment, which clients of event streams pass over. */
const HEARTBEAT = ': keep-alive\n\n'

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
 * for a stream that fails. While an event is being made, a comment goes out every 15 s. Ending the reading ends the making.
 */
export function eventStream(
  events: AsyncGenerator<object, void, void>,
  { failed, stalled, stallMs = STALL_MS }: EventStreamParts,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  let coming: ReturnType<typeof events.next> | undefined
  const end = async () => {
    isOver = true
    clearTimeout(timer)
    await events.return()
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(timer)
        const send = (text: string) => controller.enqueue(encoder.encode(text))
        try {
          coming ??= events.next()
          const next = await withinBeat(coming)
          if (isOver) return
          if (next) coming = undefined
          send(next ? `data: ${next.done ? '[DONE]' : JSON.stringify(next.value)}\n\n` : HEARTBEAT)
          if (next?.done) return controller.close()
          timer = setTimeout(() => {
            void end().catch(() => undefined)
            controller.error(stalled())
          }, stallMs)
        } catch (cause) {
          const last = failed(cause)
          if (isOver) return
          send(`data: ${JSON.stringify(last)}\n\n`)
          controller.close()
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}

/** What a promise gives, or `undefined` when it takes longer than the pause before a heartbeat. */
export async function withinBeat<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const beat = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, HEARTBEAT_MS, undefined)
  })
  try {
    return await Promise.race([promise, beat])
  } finally {
    clearTimeout(timer)
  }
}
