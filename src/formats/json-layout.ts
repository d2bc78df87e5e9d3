import { invalid } from '../errors.ts'
import type { FileLayout } from './file-layout.ts'
import { createValueFinder } from './json-list.ts'
import { parseJsonLine } from './json-text.ts'
import { CARRIAGE_RETURN, LINE_FEED } from './line-ends.ts'
import type { Sample } from './sample.ts'

const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const COMMA = 0x2c

/**
 * How the records of JSON lie in a text: as the elements of one list, one in each line, or one behind the other over
 * any lines.
 *
 * @param asked whether the format is a setting, which is obeyed
 */
export function jsonLayout(sample: Sample, base: FileLayout, asked: boolean): FileLayout {
  const { bytes, skipped } = sample
  const { at, line } = skipSpace(bytes, hasMark(bytes) ? 3 : 0, 1 + skipped.lines)
  refuseCommas(bytes, at)
  if (asked && base.format === 'jsonl') return base
  if (bytes[at] === OPEN_LIST) return listLayout(sample, at, line, base)
  const lines = base.format === 'jsonl' || (!asked && startsWithLine(bytes, at))
  return {
    ...base,
    format: lines ? 'jsonl' : 'json',
    ...(lines ? {} : { list: false, first: { start: skipped.bytes + at, line, blankLines: 0 } }),
  }
}

function listLayout(
  { bytes, skipped }: Sample,
  open: number,
  openLine: number,
  base: FileLayout,
): FileLayout {
  const { at, line } = skipSpace(bytes, open + 1, openLine)
  const isEmpty = bytes[at] === CLOSE_LIST
  // Behind an empty list there is nothing to read but white space.
  const start = skipped.bytes + (isEmpty ? at + 1 : at)
  return { ...base, format: 'json', list: !isEmpty, first: { start, line, blankLines: 0 } }
}

/**
 * Lets objects through that do not have commas behind them, as in a list that lost its brackets. A comma behind the
 * first one alone is a mistake of that line.
 */
function refuseCommas(bytes: Uint8Array, at: number): void {
  const first = endOfObject(bytes, at)
  if (bytes[first] !== COMMA) return
  const { at: next } = skipSpace(bytes, first + 1, 0)
  const second = endOfObject(bytes, next)
  if (second < bytes.length && bytes[second] !== COMMA) return
  throw invalid(
    'format',
    'The records have commas between them, as in a list, but no brackets around them; expected one object in each line, or a list; remove those commas, or put [ before the first record and ] behind the last.',
  )
}

/** Where something follows an object; the length where nothing does, -1 where it does not end or is none. */
function endOfObject(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== OPEN_OBJECT) return -1
  const finder = createValueFinder(false)
  const end = finder.find(bytes, start)
  return end < 0 && finder.mayEnd() ? bytes.length : end
}

/** Whether the first line is a whole record. */
function startsWithLine(bytes: Uint8Array, at: number): boolean {
  const rest = bytes.subarray(at)
  const end = rest.findIndex((byte) => byte === LINE_FEED || byte === CARRIAGE_RETURN)
  const line = Buffer.from(end < 0 ? rest : rest.subarray(0, end)).toString()
  return parseJsonLine(line).fields !== undefined
}

function hasMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}

function skipSpace(bytes: Uint8Array, from: number, fromLine: number): { at: number; line: number } {
  let [at, line] = [from, fromLine]
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === CARRIAGE_RETURN || (byte === LINE_FEED && bytes[at - 1] !== CARRIAGE_RETURN)) line++
    else if (byte !== 32 && byte !== 9 && byte !== LINE_FEED) break
  }
  return { at, line }
}
