import { sliceChunks } from '../formats/byte-source.ts'
import type { ByteRange } from './store.ts'

/**
 * Chunks as a web stream that asks for the next one only when its reader does: nothing is buffered, whatever the
 * size. (Node's own conversion counts its buffer in chunks, not bytes.)
 *
 * @param cancel called when the reader leaves before the end
 */
export function streamOf(
  chunks: AsyncIterator<Uint8Array, unknown>,
  cancel: () => unknown,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await cancel()
      },
    },
    { highWaterMark: 0 },
  )
}

/** A stream without any bytes. */
export function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() })
}

/** The part of `stream` in `range`; the rest after it is not read. */
export function sliceStream(
  stream: ReadableStream<Uint8Array>,
  range: ByteRange,
): ReadableStream<Uint8Array> {
  const chunks = sliceChunks(stream, range.start, range.end)
  return streamOf(chunks, () => chunks.return())
}
