/** The bytes of one record, as they lie in their file. */
export interface RawRecord {
  /** With the line end; only the beginning of a record that is too long. */
  readonly bytes: Uint8Array
  /** Its place in the text: first byte, and the byte after its line end. */
  readonly start: number
  readonly end: number
  /** Lines that it takes. */
  readonly lines: number
  /** Whether it was too long to be kept whole. */
  readonly tooLong: boolean
}

/**
 * Finds the line feed that ends the record which begins, or goes on, at `from`: its place in `chunk`, or -1 when the
 * record goes on beyond the chunk. It may remember where in a record it is.
 */
export type FindEnd = (chunk: Uint8Array, from: number) => number

/** Cuts a text that comes in chunks into records. */
export interface Splitter {
  /** The records that end in this chunk. They may lie in its memory. */
  push(chunk: Uint8Array): RawRecord[]
  /** The record without a line end at the end of the text, if there is one. */
  finish(): RawRecord | undefined
}

const LINE_FEED = 10
/** What is kept of a record that is too long, to show where it is. */
const KEPT_BYTES = 16 * 1024

/**
 * A splitter for a text from byte `start` on. It holds one record at most, and of a record longer than `maxBytes` only
 * the beginning.
 */
export function createSplitter(findEnd: FindEnd, start: number, maxBytes: number): Splitter {
  let held: Uint8Array[] = []
  let [heldBytes, bytes, lines, position] = [0, 0, 0, start]
  const hold = (piece: Uint8Array, copy: boolean) => {
    bytes += piece.length
    lines += countLines(piece)
    const room = bytes > maxBytes ? KEPT_BYTES - heldBytes : piece.length
    const kept = piece.subarray(0, Math.max(0, room))
    if (kept.length === 0) return
    // The chunk's own memory may be used again before the record ends.
    held.push(copy ? kept.slice() : kept)
    heldBytes += kept.length
  }
  const take = (): RawRecord => {
    const tooLong = bytes > maxBytes
    const all = held.length === 1 ? held[0]! : Buffer.concat(held, heldBytes)
    const record = {
      bytes: tooLong ? all.slice(0, KEPT_BYTES) : all,
      start: position,
      end: position + bytes,
      lines: Math.max(1, lines),
      tooLong,
    }
    position += bytes
    held = []
    heldBytes = bytes = lines = 0
    return record
  }
  return {
    push(chunk) {
      const records: RawRecord[] = []
      let from = 0
      for (let end = findEnd(chunk, from); end >= 0; end = findEnd(chunk, from)) {
        hold(chunk.subarray(from, end + 1), false)
        records.push(take())
        from = end + 1
      }
      if (from < chunk.length) hold(chunk.subarray(from), true)
      return records
    },
    finish: () => (bytes > 0 ? take() : undefined),
  }
}

function countLines(piece: Uint8Array): number {
  let lines = 0
  for (let at = piece.indexOf(LINE_FEED); at >= 0; at = piece.indexOf(LINE_FEED, at + 1)) lines++
  return lines
}

/** Every line feed ends a record. */
export const findLineEnd: FindEnd = (chunk, from) => chunk.indexOf(LINE_FEED, from)
