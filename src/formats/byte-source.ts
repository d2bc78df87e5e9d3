/** Chunks that come one after another. */
export type Chunks = AsyncIterable<Uint8Array>

/** The bytes of a file, by range. */
export interface ByteSource {
  readonly bytes: number
  /** Bytes `start` up to, but not, `end`. Leaving the iteration early ends the read. */
  read(start: number, end: number): AsyncIterable<Uint8Array> | Promise<ReadableStream<Uint8Array>>
}
