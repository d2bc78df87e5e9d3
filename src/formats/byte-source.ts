/** Chunks that come one after another. */
export type Chunks = AsyncIterable<Uint8Array>

/** The bytes of a file, by range. */
export interface ByteSource {
  readonly bytes: number
  /** Bytes `start` up to, but not, `end`. Leaving the iteration early ends the read. */
  read(start: number, end: number): AsyncIterable<Uint8Array> | Promise<ReadableStream<Uint8Array>>
}

/** The bytes from `start` up to `end` of chunks that come one after another; the rest is not read. */
export async function* sliceChunks(
  chunks: Chunks,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  let position = 0
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position))
    position += chunk.length
    if (part.length > 0) yield part
    if (position >= end) return
  }
}
