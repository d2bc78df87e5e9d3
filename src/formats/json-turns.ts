import { AppError } from '../errors.ts'
import { createTurns, type Turns } from '../turns.ts'

/** How a large text is read; tests make it small. */
export interface TurnLimits {
  /** Characters that are parsed in one go. `JSON.parse` takes up to 15 ms for so many, for objects of other keys each. */
  readonly piece: number
  /** Lists and objects within each other. */
  readonly depth: number
  /** Lists and objects in all. */
  readonly containers: number
  /** Fields of one object. */
  readonly fields: number
}

const LIMITS: TurnLimits = { piece: 1 << 16, depth: 64, containers: 200_000, fields: 10_000 }

/**
 * Reads JSON as `parse` does, a large text in turns: `JSON.parse` takes 0.05 to 1.4 s for 6 MB, by what is in them.
 *
 * @param parse for texts that are small, and for parts of large ones
 * @throws SyntaxError as `JSON.parse` does; of a large text AppError `invalid_request` when it nests deeper than 64
 * lists and objects, and `payload_too_large` when it has more than 200,000 of them, or 10,000 fields in one
 */
export async function parseInTurns(
  text: string,
  parse: (text: string) => unknown = JSON.parse,
  limits: TurnLimits = LIMITS,
): Promise<unknown> {
  const start = skipSpace(text, 0)
  if (text.length <= limits.piece || !isOpener(text.charCodeAt(start))) return parse(text)
  return readLarge({ text, parse, limits, turns: createTurns(), containers: 0 }, start)
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
  const { text, turns } = reading
  const stack: Open[] = [open(reading, start, undefined)]
  const root = stack[0]!.value
  let at = start + 1
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { end, complete, closes } = nextRun(reading, at, stack.length)
    if (complete) {
      addRun(reading, top, at, end)
      top.comma = true
      at = closes ? endMember(reading, stack, end) : end + 1
    } else at = await addLarge(reading, stack, at)
    await turns.rest()
  }
  const rest = skipSpace(text, at)
  if (rest < text.length) throw unexpected(rest)
  return root
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
function endMember({ text }: Reading, stack: Open[], end: number): number {
  let at = end
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    at = skipSpace(text, at)
    const code = text.charCodeAt(at++)
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
    if (code === QUOTE) place = endOfString(text, place)
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
    // Plain assignment would set a prototype by the name __proto__.
    Object.defineProperty(top.value, key!, {
      value: member,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
}

/** Opens a large member that is a list or object, or adds one that is a text or number; says where to go on. */
async function addLarge(reading: Reading, stack: Open[], at: number): Promise<number> {
  const { text, parse, limits } = reading
  const top = stack.at(-1)!
  let place = skipSpace(text, at)
  let key: string | undefined
  if (!Array.isArray(top.value)) {
    if (text.charCodeAt(place) !== QUOTE) throw unexpected(place)
    const end = endOfString(text, place)
    key = parsePart(JSON.parse, text.slice(place, end + 1), place) as string
    place = skipSpace(text, end + 1)
    if (text.charCodeAt(place) !== COLON) throw unexpected(place)
    place = skipSpace(text, place + 1)
  }
  top.comma = false
  if (isOpener(text.charCodeAt(place))) {
    if (stack.length >= limits.depth) throw tooDeep(limits.depth)
    stack.push(open(reading, place, key))
    return place + 1
  }
  const end = endOfScalar(text, place)
  add(
    top,
    key,
    parsePart(text.charCodeAt(place) === QUOTE ? JSON.parse : parse, text.slice(place, end), place),
  )
  return endMember(reading, stack, end)
}

function endOfScalar(text: string, start: number): number {
  if (text.charCodeAt(start) === QUOTE) return endOfString(text, start) + 1
  let end = start
  while (end < text.length && !ENDS.has(text.charCodeAt(end))) end++
  return end
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

const [QUOTE, COMMA, COLON, BACKSLASH] = [34, 44, 58, 92]
const [LIST, LIST_END, OBJECT, OBJECT_END] = [91, 93, 123, 125]
const ENDS: ReadonlySet<number> = new Set([COMMA, LIST_END, OBJECT_END])
const SPACES: ReadonlySet<number> = new Set([9, 10, 13, 32])

function isOpener(code: number): boolean {
  return code === LIST || code === OBJECT
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (SPACES.has(text.charCodeAt(at))) at++
  return at
}

/** The place of the quote that ends the string which begins at `start`. @throws SyntaxError when there is none */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return end
  }
  throw new SyntaxError('Unterminated string in JSON')
}

function unexpected(position: number, cause?: unknown): SyntaxError {
  return new SyntaxError(`Unexpected token in JSON at position ${position}`, { cause })
}

function tooDeep(depth: number): AppError {
  return new AppError(
    'invalid_request',
    `The body nests more than ${depth} lists and objects; expected fewer; flatten it.`,
    { details: { maxDepth: depth } },
  )
}

function tooLarge(what: string, max: number): AppError {
  return new AppError(
    'payload_too_large',
    `${what}; expected at most ${max}; split the inputs over several requests.`,
    {
      details: { max },
    },
  )
}
