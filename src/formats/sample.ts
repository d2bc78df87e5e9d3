import type { ByteSource } from './byte-source.ts'
import { type Chunks, type Compression, unpack } from './unpack.ts'

/** The beginning of a file, unpacked. */
export interface Sample {
  readonly bytes: Uint8Array
  /** Whether that is all of it. */
  readonly whole: boolean
}

/** The first `most` bytes of a file's unpacked content; no more is read than it takes. */
export async function readSample(
  source: ByteSource,
  compression: Compression,
  most: number,
): Promise<Sample> {
  const packed = chunksOf(source, compression === 'none' ? most + 1 : source.bytes)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of compression === 'none' ? packed : unpack(packed, compression)) {
    // The chunk's own memory may be used again.
    chunks.push(chunk.slice(0, most + 1 - bytes))
    bytes += chunks.at(-1)!.length
    if (bytes > most) break
  }
  return { bytes: Buffer.concat(chunks).subarray(0, most), whole: bytes <= most }
}

async function* chunksOf(source: ByteSource, most: number): Chunks {
  yield* await source.read(0, Math.min(most, source.bytes))
}

/** A source of bytes that are in memory. */
export function sourceOfBytes(bytes: Uint8Array): ByteSource {
  return {
    bytes: bytes.length,
    async *read(start, end) {
      yield bytes.subarray(start, end)
    },
  }
}
