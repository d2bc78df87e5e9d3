import { isAscii } from 'node:buffer'
import type { ByteSource, Chunks } from './byte-source.ts'
import { CARRIAGE_RETURN, LINE_FEED } from './line-ends.ts'
import { type Compression, unpack } from './unpack.ts'

/** The beginning of a file, unpacked, from its first line that is not empty on. */
export interface Sample {
  readonly bytes: Uint8Array
  /** Empty lines before it, of which there may be any number. */
  readonly skipped: { readonly bytes: number; readonly lines: number }
  /** Whether that is all of it. */
  readonly whole: boolean
}

/**
 * The first `most` bytes of a file's unpacked content that are behind its empty lines; no more is read than it takes.
 */
export async function readSample(
  source: ByteSource,
  compression: Compression,
  most: number,
): Promise<Sample> {
  if (compression !== 'none') return take(unpack(chunksOf(source, source.bytes), compression), most)
  const sample = await take(chunksOf(source, most + 1), most)
  const isAll = source.bytes <= most + 1
  return sample.skipped.bytes === 0 || isAll ? sample : take(chunksOf(source, source.bytes), most)
}

async function take(text: Chunks, most: number): Promise<Sample> {
  const chunks: Uint8Array[] = []
  const skipped = { bytes: 0, lines: 0, afterReturn: false }
  let bytes = 0
  for await (const chunk of text) {
    const begin = bytes > 0 ? 0 : skipEmptyLines(chunk, skipped)
    // A copy, as the chunk's own memory may be used again; `slice` of a Buffer would be a view.
    const piece = new Uint8Array(chunk.subarray(begin, begin + most + 1 - bytes))
    chunks.push(piece)
    bytes += piece.length
    if (bytes > most) break
  }
  const { bytes: before, lines } = skipped
  const whole = bytes <= most
  return { bytes: Buffer.concat(chunks).subarray(0, most), whole, skipped: { bytes: before, lines } }
}

/** Where the first line that is not empty begins in a chunk; what lies before it is counted. */
function skipEmptyLines(
  chunk: Uint8Array,
  skipped: { bytes: number; lines: number; afterReturn: boolean },
): number {
  const [feed, back] = [LINE_FEED, CARRIAGE_RETURN]
  let { lines, afterReturn } = skipped
  let at = 0
  for (; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte !== feed && byte !== back) break
    if (byte === back || !afterReturn) lines++
    afterReturn = byte === back
  }
  Object.assign(skipped, { bytes: skipped.bytes + at, lines, afterReturn })
  return at
}

const EMPTY = new Uint8Array(0)

/**
 * Whole lines of a file around the first byte beyond ASCII, about `most` bytes; `undefined` when there is none within
 * `reach` bytes of unpacked content.
 */
export async function readBeyondAscii(
  source: ByteSource,
  compression: Compression,
  { most, reach }: { readonly most: number; readonly reach: number },
): Promise<Sample | undefined> {
  const packed = chunksOf(source, compression === 'none' ? reach : source.bytes)
  const window: Uint8Array[] = []
  let [seen, bytes, lines, found, afterReturn] = [0, 0, 0, false, false]
  let lineStart: Uint8Array = EMPTY
  for await (const chunk of compression === 'none' ? packed : unpack(packed, compression)) {
    if (!found && isAscii(chunk)) {
      seen += chunk.length
      lines += countLineEnds(chunk, afterReturn)
      afterReturn = chunk.at(-1) === CARRIAGE_RETURN
      // The line that the next chunk goes on with; of one that is longer than the window, its end.
      const end = endOfLines(chunk)
      lineStart = Buffer.concat([end > 0 ? EMPTY : lineStart, chunk.subarray(end)]).subarray(-most)
      if (seen >= reach) return undefined
      continue
    }
    if (!found) window.push(lineStart)
    found = true
    window.push(new Uint8Array(chunk))
    bytes += chunk.length
    if (bytes >= most) break
  }
  const skipped = { bytes: 0, lines }
  return found ? { bytes: Buffer.concat(window), whole: bytes < most, skipped } : undefined
}

/** Where the last line that ends in a chunk is over; 0 when none does. */
function endOfLines(chunk: Uint8Array): number {
  return Math.max(chunk.lastIndexOf(LINE_FEED), chunk.lastIndexOf(CARRIAGE_RETURN)) + 1
}

/**
 * Line ends of a chunk; CR and LF together are one, also where the CR ended the chunk before. Searched for rather than
 * met byte by byte: 10 MB in lines of 100 bytes take 25 ms instead of 99, in lines of 4 bytes the same 150.
 */
function countLineEnds(chunk: Uint8Array, afterReturn: boolean): number {
  let count = 0
  for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) {
    if (at > 0 ? chunk[at - 1] !== CARRIAGE_RETURN : !afterReturn) count++
  }
  for (let at = chunk.indexOf(CARRIAGE_RETURN); at >= 0; at = chunk.indexOf(CARRIAGE_RETURN, at + 1)) count++
  return count
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
