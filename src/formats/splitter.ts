import { BROKEN, type EndFinder, GOES_ON } from './end-finder.ts'
import { createLineFinder } from './line-ends.ts'

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
  /** Line on which it opens what is never closed, from 0 for its first. */
  readonly unclosed?: number
}

/** Cuts a text that comes in chunks into records. */
interface Splitter {
  /** The records that end in this chunk. They may lie in its memory. */
  push(chunk: Uint8Array): RawRecord[]
  /** The records without an end at the end of the text, one at most but where one is broken. */
  finish(): RawRecord[]
}

/** What is kept of a record that is too long, to show where it is. */
const KEPT_BYTES = 16 * 1024

/**
 * A splitter for a text from byte `start` on. It holds one record at most, and of a record longer than `maxBytes` only
 * the beginning. A broken record ends with its first line, and the lines behind it are looked at anew. Each is looked
 * at twice at most: a quote that opens another broken record would have closed, or broken, the one before.
 */
export function createSplitter(finder: EndFinder, start: number, maxBytes: number): Splitter {
  const holder = createHolder(start, maxBytes)
  const take = (unclosed?: number): RawRecord => {
    const record = holder.take(1 + finder.innerLines())
    finder.reset()
    return unclosed === undefined ? record : { ...record, unclosed }
  }
  /** Takes the first line of what is held and `rest`; gives back what is behind it. */
  const breakUp = (rest: Uint8Array, records: RawRecord[]): Uint8Array => {
    // A record that is broken, or hopeless, has opened something.
    const unclosed = finder.openedAt()!
    const all = holder.join(rest)
    finder.reset()
    const end = endOfLine(all)
    holder.hold(all.subarray(0, end))
    records.push(take(unclosed))
    return all.subarray(end)
  }
  const isHopeless = (more: number) =>
    holder.bytes() + more > maxBytes && holder.bytes() <= maxBytes && finder.openedAt() !== undefined
  const split = (given: Uint8Array, records: RawRecord[]) => {
    let [chunk, from] = [given, 0]
    while (from < chunk.length) {
      const end = finder.find(chunk, from)
      if (end === BROKEN || (end === GOES_ON && isHopeless(chunk.length - from))) {
        chunk = breakUp(chunk.subarray(from), records)
        from = 0
      } else if (end === GOES_ON) {
        // The chunk's own memory may be used again before the record ends.
        // A copy: `slice` of a Buffer would be a view.
        holder.hold(new Uint8Array(chunk.subarray(from)))
        return
      } else {
        holder.hold(chunk.subarray(from, end))
        records.push(take())
        from = end
      }
    }
  }
  return {
    push(chunk) {
      const records: RawRecord[] = []
      split(chunk, records)
      return records
    },
    finish() {
      const records: RawRecord[] = []
      while (holder.bytes() > 0 && finder.openedAt() !== undefined) {
        split(breakUp(new Uint8Array(), records), records)
      }
      // The finder is not reset: it is asked whether the text may end so.
      if (holder.bytes() > 0) records.push(holder.take(1 + finder.innerLines()))
      return records
    },
  }
}

/** The pieces of the record that is being read. */
function createHolder(start: number, maxBytes: number) {
  let held: Uint8Array[] = []
  let [heldBytes, bytes, position] = [0, 0, start]
  const letGo = (): Uint8Array => {
    const all = held.length === 1 ? held[0]! : Buffer.concat(held, heldBytes)
    held = []
    heldBytes = bytes = 0
    return all
  }
  return {
    bytes: () => bytes,
    hold(piece: Uint8Array): void {
      bytes += piece.length
      const room = bytes > maxBytes ? KEPT_BYTES - heldBytes : piece.length
      const kept = piece.subarray(0, Math.max(0, room))
      if (kept.length === 0) return
      held.push(kept)
      heldBytes += kept.length
    },
    /** What is held, followed by `rest`; then nothing is held. */
    join(rest: Uint8Array): Uint8Array {
      return bytes > 0 ? Buffer.concat([letGo(), rest]) : rest
    },
    take(lines: number): RawRecord {
      const [begin, end, tooLong] = [position, position + bytes, bytes > maxBytes]
      const all = letGo()
      position = end
      return { bytes: tooLong ? all.slice(0, KEPT_BYTES) : all, start: begin, end, lines, tooLong }
    },
  }
}

/** Behind the first line end; the length where there is none. */
function endOfLine(bytes: Uint8Array): number {
  const lines = createLineFinder()
  const end = lines.find(bytes, 0)
  return end < 0 ? bytes.length : end
}
