import { BROKEN, type EndFinder, GOES_ON } from './end-finder.ts'
import { CARRIAGE_RETURN, LINE_FEED } from './line-ends.ts'

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125]

/** Where a byte lies: in a value, behind it, behind the comma or in front of the first value, behind the list. */
type Place = 'value' | 'behind' | 'before' | 'closed'

/** Finds the ends of JSON values that follow each other. */
export interface ValueFinder extends EndFinder {
  /** Whether the text may end here: no value is open, and the list, if it is one, is closed. */
  mayEnd(): boolean
}

/**
 * Finds where the elements of a JSON list end, or values that follow each other with nothing but white space between.
 * An element ends where the next one begins, so that each begins with its own first byte.
 *
 * @param list whether the values are parted by commas and end with `]`
 */
export function createValueFinder(list: boolean): ValueFinder {
  let place: Place = 'value'
  let [depth, inText, escaped, begun] = [0, false, false, false]
  let [lines, afterReturn] = [0, false]
  let brokenAt: number | undefined
  /** Whether the value ends with this byte, or, a number or word, before it. */
  const isEnd = (byte: number): boolean => {
    if (inText) {
      if (escaped) escaped = false
      else if (byte === BACKSLASH) escaped = true
      else if (byte === QUOTE) inText = false
      return byte === QUOTE && !inText && depth === 0
    }
    if (byte === QUOTE) inText = true
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--
    begun = true
    return (depth === 0 && (byte === CLOSE_LIST || byte === CLOSE_OBJECT)) || depth < 0
  }
  const isWord = () => depth === 0 && !inText && begun
  const behind = (byte: number): boolean => {
    if (place === 'behind' && list && byte === COMMA) place = 'before'
    // A comma behind the last element is common in files that people and scripts write, and is ignored.
    else if (place !== 'closed' && list && byte === CLOSE_LIST) place = 'closed'
    else return false
    return true
  }
  return {
    find(chunk, from) {
      for (let at = from; at < chunk.length; at++) {
        const byte = chunk[at]!
        if (byte === CARRIAGE_RETURN || (byte === LINE_FEED && !afterReturn)) lines++
        afterReturn = byte === CARRIAGE_RETURN
        if (place === 'value' && (begun || !isSpace(byte))) {
          if (isWord() && (isSpace(byte) || byte === COMMA || byte === CLOSE_LIST)) place = 'behind'
          else {
            if (isEnd(byte)) place = 'behind'
            continue
          }
        }
        if (isSpace(byte) || behind(byte)) continue
        const next = place === 'before' || (place === 'behind' && !list)
        if (next) return at
        brokenAt = lines
        return BROKEN
      }
      return GOES_ON
    },
    innerLines: () => lines - 1,
    openedAt: () => brokenAt,
    mayEnd: () =>
      list ? place === 'closed' : place === 'behind' || (place === 'value' && depth === 0 && !inText),
    reset() {
      place = 'value'
      depth = lines = 0
      inText = escaped = begun = afterReturn = false
      brokenAt = undefined
    },
  }
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === LINE_FEED || byte === CARRIAGE_RETURN
}
