import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import type { LambdaStreaming, StreamingHandler } from '../../src/lambda/streaming.ts'

/** What a caller of a function URL gets. */
interface Streamed {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One invocation whose answer streams. */
interface StreamedCall {
  /** Settles when the handler does. */
  readonly done: Promise<void>
  /** What came so far; nothing before the first byte, which the head comes with. */
  soFar(): Streamed | undefined
  /** The bytes as they are, for what is no HTTP answer. */
  bytes(): string
  /** The reader goes; settles when the function has been told. */
  leave(): Promise<unknown>
  /** Reads on, for a call that was made with a slow reader. */
  read(): void
}

const DELIMITER = '\0'.repeat(8)

/**
 * The global `awslambda` of Lambda's Node runtime as its published client has it: the head goes out as JSON and eight
 * zeros before the first write, an empty one too, and not at all without one; an unfinished stream is an error.
 */
export function createFakeStreaming() {
  let streaming: StreamingHandler | undefined
  const heads = new WeakMap<Writable, string>()
  const lambda: LambdaStreaming = {
    streamifyResponse(handler) {
      streaming = handler
      return handler
    },
    HttpResponseStream: {
      from(stream, head) {
        heads.set(stream, JSON.stringify(head))
        return stream
      },
    },
  }
  return {
    lambda,
    /** @param slow takes no more than one byte before it is told to read */
    call(event: unknown, { remainingMs = 60_000, slow = false } = {}): StreamedCall {
      let text = ''
      const pipe = new PassThrough({ highWaterMark: slow ? 1 : 1 << 20 })
      const read = () => void pipe.on('data', (chunk) => (text += chunk))
      if (!slow) read()
      const stream = throughHead(pipe, (own) => heads.get(own))
      const context = { awsRequestId: 'streamed-1', getRemainingTimeInMillis: () => remainingMs }
      const done = Promise.resolve(streaming!(event, stream, context)).then(() => {
        if (!stream.writableEnded && !stream.destroyed) throw new Error('Response stream is not finished.')
      })
      return {
        done,
        read,
        bytes: () => text,
        leave: () => once(stream.destroy(), 'close'),
        soFar() {
          const end = text.indexOf(DELIMITER)
          if (end < 0) return undefined
          return { ...JSON.parse(text.slice(0, end)), body: text.slice(end + DELIMITER.length) }
        },
      }
    },
  }
}

/** A stream into another one whose first write is preceded by the head that was set until then. */
function throughHead(into: PassThrough, headOf: (stream: Writable) => string | undefined): Writable {
  let begun = false
  const stream: Writable = new Writable({
    highWaterMark: into.writableHighWaterMark,
    write(chunk, _, taken) {
      const head = begun ? undefined : headOf(stream)
      begun = true
      if (head !== undefined) into.write(head + DELIMITER)
      if (into.write(chunk)) taken()
      else into.once('drain', taken)
    },
    final(ended) {
      into.end()
      ended()
    },
  })
  return stream
}
