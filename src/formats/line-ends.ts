import { type EndFinder, GOES_ON } from './end-finder.ts'

/** Ends a line, alone or behind {@link CARRIAGE_RETURN}. */
export const LINE_FEED = 10
/** Ends a line, as old spreadsheets write it. */
export const CARRIAGE_RETURN = 13

/** Finds the ends of lines: LF, CR or CRLF. A CR that ends a chunk waits for the byte behind it. */
export function createLineFinder(): EndFinder {
  let afterReturn = false
  const marks = createMarks()
  return {
    find(chunk, from) {
      if (afterReturn) {
        afterReturn = false
        return chunk[from] === LINE_FEED ? from + 1 : from
      }
      const at = marks.nextLineEnd(chunk, from)
      if (at < 0) return GOES_ON
      if (chunk[at] === LINE_FEED) return at + 1
      afterReturn = at + 1 === chunk.length
      if (afterReturn) return GOES_ON
      return chunk[at + 1] === LINE_FEED ? at + 2 : at + 1
    },
    innerLines: () => 0,
    openedAt: () => undefined,
    reset() {
      afterReturn = false
    },
  }
}

/** Looks for bytes in one chunk after the other, and passes over each part of a chunk once, however often it is asked. */
export interface Marks {
  /** The first LF or CR at `from` or after it; -1 when the chunk has none. `from` never goes back in one chunk. */
  nextLineEnd(chunk: Uint8Array, from: number): number
  /** The first such byte likewise. */
  next(byte: number, chunk: Uint8Array, from: number): number
}

/** Marks for chunks that come in order. */
export function createMarks(): Marks {
  let known: Uint8Array | undefined
  const places = new Map<number, number>()
  const next = (byte: number, chunk: Uint8Array, from: number) => {
    if (chunk !== known) {
      places.clear()
      known = chunk
    }
    const place = places.get(byte)
    if (place !== undefined && (place < 0 || place >= from)) return place
    const found = chunk.indexOf(byte, from)
    places.set(byte, found)
    return found
  }
  return {
    next,
    nextLineEnd(chunk, from) {
      const feed = next(LINE_FEED, chunk, from)
      const back = next(CARRIAGE_RETURN, chunk, from)
      return feed < 0 ? back : back < 0 ? feed : Math.min(feed, back)
    },
  }
}
