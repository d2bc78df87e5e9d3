/** Bytes `[position, position + length)` of a file, fewer at its end. */
type ReadAt = (position: number, length: number) => Uint8Array

/** Messages of onnx.proto3 on the way to `TensorProto.external_data`, and their fields that are messages. */
const MESSAGES = {
  model: { 7: 'graph', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: { 13: 'entry' },
  entry: {},
} as const satisfies Record<string, Readonly<Record<number, string>>>

type Message = keyof typeof MESSAGES

/** So deep do graphs lie within graphs; protocol buffers themselves stop at 100 messages. */
const MOST_DEPTH = 100
/** A file of so many bytes is read whole, as a graph whose weights lie elsewhere: few calls cost less than few bytes. */
const WHOLE_BYTES = 1 << 20
/** Of a larger one weights are skipped, so that little of it is read: 8 KiB at a time cost least. */
const WINDOW_BYTES = 8192
/** The key of every entry that names a file. */
const LOCATION = 'location'

/**
 * The other files that the ONNX model of `bytes` bytes takes weights from, as it names them: relative to its own
 * folder, each once. Time grows with the number of nodes and weights, not with the bytes of weights.
 *
 * Nodes are not taken apart: a message without the word `location` names no file, and Node finds a word in native code.
 * In a process that has just started an encoder of 6 layers whose weights lie elsewhere takes 4 ms of a busy processor
 * (13 in windows of 8 KiB, several times as long with all nodes taken apart).
 *
 * @throws RangeError when the bytes are no protocol buffer, as far as they are looked at
 */
export function externalFiles(read: ReadAt, bytes: number): string[] {
  const cursor = new Cursor(read, bytes)
  const found = new Set<string>()
  walk(cursor, 'model', bytes, found, 0)
  return [...found]
}

/** From the cursor to `end`, which lie around one message. */
function walk(cursor: Cursor, message: Message, end: number, found: Set<string>, depth: number): void {
  if (depth > MOST_DEPTH) throw new RangeError(`Messages lie more than ${MOST_DEPTH} deep.`)
  const inner: Readonly<Record<number, Message>> = MESSAGES[message]
  const isEntry = message === 'entry'
  const texts = ['', '', '']
  while (cursor.at < end) {
    const tag = cursor.varint()
    const field = Math.floor(tag / 8)
    const next = cursor.endOf(tag % 8)
    if (next > end) throw new RangeError(`A field ends at ${next}, beyond its message's end ${end}.`)
    if (tag % 8 === DELIMITED) {
      const within = inner[field]
      if (isEntry && field <= 2) texts[field] = cursor.text(next)
      else if (within && cursor.mayHoldLocation(next)) walk(cursor, within, next, found, depth + 1)
    }
    cursor.at = next
  }
  // An entry of `external_data` is a key and a value: where the weights are, at which offset, how many bytes.
  if (isEntry && texts[1] === LOCATION) found.add(texts[2]!)
}

/** The kind of a field that has a length of its own, as messages and texts have. */
const DELIMITED = 2

/** A place in a file, of which a window is in memory. Nothing of it is private: until it is compiled, that is slow. */
class Cursor {
  at = 0
  readonly read: ReadAt
  readonly bytes: number
  start = 0
  window: Buffer = Buffer.alloc(0)
  /** Where the window has the word next, if the cursor is not beyond that; the window's end when nowhere. */
  location = 0

  constructor(read: ReadAt, bytes: number) {
    this.read = read
    this.bytes = bytes
  }

  /** The number at the cursor, which is behind it then. */
  varint(): number {
    const from = this.at
    // Nearly all are one byte in the window.
    const first = this.window[from - this.start]
    if (first !== undefined && first < 128) {
      this.at++
      return first
    }
    let value = 0
    for (let index = 0, unit = 1; index < 10; index++, unit *= 128) {
      const byte = this.byte()
      if (byte < 128) return value + byte * unit
      value += (byte - 128) * unit
    }
    throw new RangeError(`The number at ${from} does not end.`)
  }

  /** Where the value at the cursor ends; of one with a length the cursor is behind that. */
  endOf(wireType: number): number {
    if (wireType === DELIMITED) {
      const length = this.varint()
      return this.at + length
    }
    if (wireType === 1) return this.at + 8
    if (wireType === 5) return this.at + 4
    if (wireType !== 0) throw new RangeError(`The field at ${this.at} has the unknown kind ${wireType}.`)
    this.varint()
    return this.at
  }

  /** Whether the word may stand between the cursor and `end`; yes where that is more than a window. */
  mayHoldLocation(end: number): boolean {
    if (!this.holds(end)) {
      if (end - this.at > WINDOW_BYTES) return true
      this.load()
    }
    if (this.location < this.at) this.findLocation()
    return this.location < end
  }

  /** What stands between the cursor and `end`, as text. */
  text(end: number): string {
    const { at, start } = this
    if (this.holds(end)) return this.window.toString('utf8', at - start, end - start)
    return Buffer.from(this.read(at, end - at)).toString('utf8')
  }

  byte(): number {
    if (this.at >= this.bytes) throw new RangeError(`The file ends at ${this.bytes}, within a field.`)
    if (!this.holds(this.at + 1)) this.load()
    return this.window[this.at++ - this.start]!
  }

  holds(end: number): boolean {
    return this.at >= this.start && end <= this.start + this.window.length
  }

  load(): void {
    const whole = this.bytes <= WHOLE_BYTES
    this.start = whole ? 0 : this.at
    const { buffer, byteOffset, length } = this.read(this.start, whole ? this.bytes : WINDOW_BYTES)
    this.window = Buffer.from(buffer, byteOffset, length)
    this.findLocation()
  }

  findLocation(): void {
    const place = this.window.indexOf(LOCATION, this.at - this.start)
    this.location = this.start + (place < 0 ? this.window.length : place)
  }
}
