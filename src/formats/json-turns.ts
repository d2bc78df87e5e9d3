import { createTurns, type Turns } from '../turns.ts'
import { tooDeep, tooLarge, tooLong, unexpected } from './json-refusals.ts'
import {
  beforeEscape,
  COLON,
  COMMA,
  ESCAPE_LENGTH,
  endOfString,
  endsScalar,
  isEscaped,
  isOpener,
  LIST,
  LIST_END,
  OBJECT_END,
  QUOTE,
  skipSpace,
} from './json-scan.ts'

/** How a large text is read; tests make it small. */
export interface TurnLimits {
  /** Characters of a text that is not large. */
  readonly small: number
  /** Characters that are parsed in one go. `JSON.parse` takes up to 8 ms for so many, for objects of other keys each. */
  readonly piece: number
  /** Characters of one number, which `JSON.parse` reads in one go. */
  readonly number: number
  /** Lists and objects within each other. */
  readonly depth: number
  /** Lists and objects in all. */
  readonly containers: number
  /** Fields of one object. */
  readonly fields: number
}

const LIMITS: TurnLimits = {
  small: 1 << 16,
  piece: 1 << 15,
  number: 1 << 15,
  depth: 64,
  containers: 200_000,
  fields: 10_000,
}

/**
 * Reads JSON as `parse` does, a large text in turns: `JSON.parse` takes 0.05 to 1.4 s for 6 MB, by what is in them, and
 * 60 ms where all is one text of escapes.
 *
 * @param parse for texts that are small, and for parts of large ones
 * @throws SyntaxError as `JSON.parse` does; of a large text AppError `invalid_request` when it nests deeper than 64
 * lists and objects or has a number of more than 32,768 characters, and `payload_too_large` when it has more than
 * 200,000 lists and objects, or 10,000 fields in one
 */
export async function parseInTurns(
  text: string,
  parse: (text: string) => unknown = JSON.parse,
  limits: TurnLimits = LIMITS,
): Promise<unknown> {
  if (text.length <= limits.small) return parse(text)
  const reading: Reading = { text, parse, limits, turns: createTurns(), containers: 0 }
  const start = await passSpace(reading, 0)
  if (isOpener(text.charCodeAt(start))) return readLarge(reading, start)
  const { value, end } = await readScalar(reading, start)
  return ended(reading, end, value)
}

/** @throws SyntaxError unless nothing follows */
async function ended(reading: Reading, end: number, value: unknown): Promise<unknown> {
  const rest = await passSpace(reading, end)
  if (rest < reading.text.length) throw unexpected(rest)
  return value
}

/** The place of the next character that is no white space, or the end of the text. */
async function passSpace({ text, limits, turns }: Reading, from: number): Promise<number> {
  for (let at = from; ; at += limits.piece) {
    const stop = Math.min(text.length, at + limits.piece)
    const next = skipSpace(text, at, stop)
    if (next < stop || stop === text.length) return next
    await turns.rest()
  }
}

interface Reading {
  readonly text: string
  parse(text: string): unknown
  readonly limits: TurnLimits
  readonly turns: Turns
  /** Lists and objects so far. */
  containers: number
}

/** A list or object that is not at its end yet. */
interface Open {
  readonly value: unknown[] | Record<string, unknown>
  readonly closer: number
  /** Where it stands in the one around it. */
  readonly key: string | undefined
  fields: number
  /** Whether a comma came last, so that something must follow. */
  comma: boolean
}

async function readLarge(reading: Reading, start: number): Promise<unknown> {
  const { turns } = reading
  const stack: Open[] = [open(reading, start, undefined)]
  const root = stack[0]!.value
  let at = start + 1
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { end, complete, closes } = nextRun(reading, at, stack.length)
    if (complete) {
      addRun(reading, top, at, end)
      top.comma = true
      at = closes ? await endMember(reading, stack, end) : end + 1
    } else at = await addLarge(reading, stack, at)
    await turns.rest()
  }
  return ended(reading, at, root)
}

function open(reading: Reading, at: number, key: string | undefined): Open {
  const list = reading.text.charCodeAt(at) === LIST
  count(reading)
  return { value: list ? [] : {}, closer: list ? LIST_END : OBJECT_END, key, fields: 0, comma: false }
}

function count(reading: Reading): void {
  const { containers } = reading.limits
  if (++reading.containers > containers) {
    throw tooLarge(`The body has more than ${containers} lists and objects`, containers)
  }
}

/** Passes over the comma behind a member, or the closers of all that ends with it; says where to go on. */
async function endMember(reading: Reading, stack: Open[], end: number): Promise<number> {
  let at = end
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    at = await passSpace(reading, at)
    const code = reading.text.charCodeAt(at++)
    top.comma = code === COMMA
    if (top.comma) break
    if (code !== top.closer) throw unexpected(at - 1)
    stack.pop()
    const around = stack.at(-1)
    if (around) add(around, top.key, top.value)
  }
  return at
}

/**
 * The members from `at` up to the last comma within a piece, or up to the closer; not complete when the first member
 * alone is larger.
 */
function nextRun(
  reading: Reading,
  at: number,
  depth: number,
): { end: number; complete: boolean; closes: boolean } {
  const { text, limits } = reading
  const before = reading.containers
  const stop = Math.min(text.length, at + limits.piece)
  let inner = 0
  let comma = -1
  let containersAtComma = before
  for (let place = at; place < stop; place++) {
    const code = text.charCodeAt(place)
    if (code === QUOTE) place = endOfString(text, place, stop)
    else if (code === COMMA && inner === 0) {
      comma = place
      containersAtComma = reading.containers
    } else if (isOpener(code)) {
      count(reading)
      if (depth + ++inner > limits.depth) throw tooDeep(limits.depth)
    } else if (code === LIST_END || code === OBJECT_END) {
      if (inner-- === 0) return { end: place, complete: true, closes: true }
    }
  }
  reading.containers = containersAtComma
  if (comma < 0 && stop === text.length) throw new SyntaxError('Unexpected end of JSON input')
  return { end: comma, complete: comma >= 0, closes: false }
}

/** Adds complete members to a list or object. */
function addRun({ text, parse, limits }: Reading, top: Open, start: number, end: number): void {
  const run = text.slice(start, end)
  if (run.trim() === '') {
    // `[]` is valid; `[,1]` and `[1,]` are not.
    if (top.comma || text.charCodeAt(end) === COMMA) throw unexpected(end)
    return
  }
  const isList = Array.isArray(top.value)
  const members = parsePart(parse, isList ? `[${run}]` : `{${run}}`, start - 1)
  if (Array.isArray(members)) for (const member of members) add(top, undefined, member)
  else for (const [key, member] of Object.entries(members as object)) add(top, key, member)
  if (top.fields > limits.fields)
    throw tooLarge(`An object has more than ${limits.fields} fields`, limits.fields)
}

function add(top: Open, key: string | undefined, member: unknown): void {
  if (Array.isArray(top.value)) top.value.push(member)
  else {
    top.fields += 1
    // Plain assignment would set a prototype by this name, and is three times as fast by any other.
    if (key !== '__proto__') top.value[key!] = member
    else {
      Object.defineProperty(top.value, key, {
        value: member,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
  }
}

/** Opens a large member that is a list or object, or adds one that is a text or number; says where to go on. */
async function addLarge(reading: Reading, stack: Open[], at: number): Promise<number> {
  const { text, limits } = reading
  const top = stack.at(-1)!
  let place = await passSpace(reading, at)
  let key: string | undefined
  if (!Array.isArray(top.value)) {
    if (text.charCodeAt(place) !== QUOTE) throw unexpected(place)
    const { value, end } = await readString(reading, place)
    key = value
    place = await passSpace(reading, end)
    if (text.charCodeAt(place) !== COLON) throw unexpected(place)
    place = await passSpace(reading, place + 1)
  }
  top.comma = false
  if (isOpener(text.charCodeAt(place))) {
    if (stack.length >= limits.depth) throw tooDeep(limits.depth)
    stack.push(open(reading, place, key))
    return place + 1
  }
  const { value, end } = await readScalar(reading, place)
  add(top, key, value)
  return endMember(reading, stack, end)
}

/** A text, number or word, and the place behind it. */
async function readScalar(reading: Reading, start: number): Promise<{ value: unknown; end: number }> {
  const { text, parse, limits } = reading
  if (text.charCodeAt(start) === QUOTE) return readString(reading, start)
  let end = start
  while (end < text.length && !endsScalar(text.charCodeAt(end))) {
    if (end++ - start >= limits.number) throw tooLong(limits.number)
  }
  return { value: parsePart(parse, text.slice(start, end), start), end }
}

/** The text whose quote is at `start`, piece by piece, and the place behind its other quote. */
async function readString(reading: Reading, start: number): Promise<{ value: string; end: number }> {
  const { text, limits, turns } = reading
  const parts: string[] = []
  let at = start + 1
  for (let quote = -1; ; ) {
    const stop = Math.min(text.length, at + Math.max(limits.piece, ESCAPE_LENGTH))
    let closer = -1
    for (let from = at; closer < 0; from = quote + 1) {
      // Found once and kept: of a text without quotes each piece would look through all that follows.
      if (quote < from) quote = text.indexOf('"', from)
      if (quote < 0) throw new SyntaxError('Unterminated string in JSON')
      if (quote >= stop) break
      if (!isEscaped(text, quote, at)) closer = quote
    }
    const end = closer < 0 ? beforeEscape(text, at, stop) : closer
    parts.push(parsePart(JSON.parse, `"${text.slice(at, end)}"`, at - 1) as string)
    if (closer >= 0) return { value: parts.length === 1 ? parts[0]! : parts.join(''), end: closer + 1 }
    at = end
    await turns.rest()
  }
}

/** @param offset where the part begins, for errors to count from the beginning of the text */
function parsePart(parse: (text: string) => unknown, part: string, offset: number): unknown {
  try {
    return parse(part)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    const position = /position (\d+)/.exec(cause.message)?.[1]
    throw position === undefined ? cause : unexpected(offset + Number(position), cause)
  }
}
