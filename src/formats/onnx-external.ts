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
/** Weights are skipped, so that little of a large file is read: 8 KiB at a time cost least. */
const WINDOW_BYTES = 8192
const WINDOW_START = -1
/** The key of every entry that names a file. */
const LOCATION = Buffer.from('location')

/**
 * The other files that the ONNX model of `bytes` bytes takes weights from, as it names them: relative to its own
 * folder, each once. Time grows with the number of nodes and weights, not with the bytes of weights.
 *
 * Nodes are not taken apart: a message without the word `location` anywhere names no file, and Node finds a word in native
 * code. In a process that has just started this takes 3 ms for an encoder of 6 layers, where taking all apart takes 16, and 15 ms
 * instead of 30 for one of 12 with 2,000 weights and nodes.
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
  const texts = ['', '', '']
  while (cursor.at < end) {
    const tag = cursor.varint()
    const field = Math.floor(tag / 8)
    const next = cursor.endOf(tag % 8)
    if (next > end) throw new RangeError(`A field ends at ${next}, beyond its message's end ${end}.`)
    if (tag % 8 === DELIMITED) {
      const within = inner[field]
      if (message === 'entry' && field <= 2) texts[field] = cursor.text(next)
      else if (within && cursor.mayHoldLocation(next)) walk(cursor, within, next, found, depth + 1)
    }
    cursor.at = next
  }
  // An entry of `external_data` is a key and a value: where the weights are, at which offset, how many bytes.
  if (message === 'entry' && texts[1] === 'location') found.add(texts[2]!)
}

/** The kind of a field that has a length of its own, as messages and texts have. */
const DELIMITED = 2

/** A place in a file, of which a window is in memory. */
class Cursor {
  at = 0
  readonly #read: ReadAt
  readonly #bytes: number
  #start = WINDOW_START
  #window: Buffer = Buffer.alloc(0)
  /** Whether the word stands anywhere in the window. */
  #holds = false

  constructor(read: ReadAt, bytes: number) {
    this.#read = read
    this.#bytes = bytes
  }

  /** The number at the cursor, which is behind it then. */
  varint(): number {
    const from = this.at
    let value = 0
    for (let index = 0, unit = 1; index < 10; index++, unit *= 128) {
      const byte = this.#byte()
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
    if (end - this.at > WINDOW_BYTES) return true
    if (this.at < this.#start || end > this.#start + this.#window.length) this.#load()
    return this.#holds
  }

  /** What stands between the cursor and `end`, as text. */
  text(end: number): string {
    return Buffer.from(this.#read(this.at, end - this.at)).toString('utf8')
  }

  #byte(): number {
    if (this.at >= this.#bytes) throw new RangeError(`The file ends at ${this.#bytes}, within a field.`)
    if (this.at < this.#start || this.at >= this.#start + this.#window.length) this.#load()
    return this.#window[this.at++ - this.#start]!
  }

  #load(): void {
    const { buffer, byteOffset, length } = this.#read(this.at, WINDOW_BYTES)
    this.#start = this.at
    this.#window = Buffer.from(buffer, byteOffset, length)
    this.#holds = this.#window.includes(LOCATION)
  }
}
