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
/** Weights are skipped, so that little of a large file is read: 4 KiB at a time cost least. */
const WINDOW_BYTES = 4096
const WINDOW_START = -1

/**
 * The other files that the ONNX model of `bytes` bytes takes weights from, as it names them: relative to its own
 * folder, each once. Time grows with the number of nodes and weights, not with the bytes of weights.
 *
 * @throws RangeError when the bytes are no protocol buffer
 */
export function externalFiles(read: ReadAt, bytes: number): string[] {
  const cursor = createCursor(read, bytes)
  const found = new Set<string>()
  const walk = (message: Message, start: number, end: number, depth: number): void => {
    if (depth > MOST_DEPTH) throw new RangeError(`Messages lie more than ${MOST_DEPTH} deep.`)
    const inner: Readonly<Record<number, Message>> = MESSAGES[message]
    if (message === 'entry') addLocation(cursor, found, start, end)
    for (const field of fieldsWithin(cursor, start, end)) {
      const next = inner[field.number]
      if (next && field.delimited) walk(next, field.start, field.end, depth + 1)
    }
  }
  walk('model', 0, bytes, 0)
  return [...found]
}

/** An entry of `external_data` is a key and a value: where the weights are, at which offset, how many bytes. */
function addLocation(cursor: Cursor, found: Set<string>, start: number, end: number): void {
  const texts = ['', '', '']
  const fields = [...fieldsWithin(cursor, start, end)].filter(
    ({ delimited, number }) => delimited && number <= 2,
  )
  for (const field of fields) texts[field.number] = cursor.text(field.start, field.end)
  if (texts[1] === 'location') found.add(texts[2]!)
}

interface Field {
  readonly number: number
  readonly start: number
  readonly end: number
  /** Whether it has a length of its own, as messages and texts have. */
  readonly delimited: boolean
}

function* fieldsWithin(cursor: Cursor, start: number, end: number): Generator<Field> {
  for (let at = start; at < end; ) {
    const tag = cursor.varint(at)
    const value = tag.value % 8 === 2 ? cursor.varint(tag.end) : undefined
    const from = value?.end ?? tag.end
    const to = value ? from + value.value : cursor.after(tag.value % 8, from)
    if (to > end) throw new RangeError(`A field ends at ${to}, beyond its message's end ${end}.`)
    yield { number: Math.floor(tag.value / 8), start: from, end: to, delimited: value !== undefined }
    at = to
  }
}

interface Cursor {
  varint(at: number): { readonly value: number; readonly end: number }
  /** Where a value without a length of its own ends. */
  after(wireType: number, at: number): number
  text(start: number, end: number): string
}

function createCursor(read: ReadAt, bytes: number): Cursor {
  let windowStart = WINDOW_START
  let window: Uint8Array = new Uint8Array()
  const byteAt = (at: number): number => {
    if (at >= bytes) throw new RangeError(`The file ends at ${bytes}, within a field.`)
    if (windowStart === WINDOW_START || at < windowStart || at >= windowStart + window.length) {
      windowStart = at
      window = read(at, WINDOW_BYTES)
    }
    return window[at - windowStart]!
  }
  const varint = (at: number) => {
    let value = 0
    for (let index = 0; index < 10; index++) {
      const byte = byteAt(at + index)
      value += (byte & 127) * 2 ** (7 * index)
      if (byte < 128) return { value, end: at + index + 1 }
    }
    throw new RangeError(`The number at ${at} does not end.`)
  }
  return {
    varint,
    after(wireType, at) {
      if (wireType === 0) return varint(at).end
      if (wireType === 1) return at + 8
      if (wireType === 5) return at + 4
      throw new RangeError(`The field at ${at} has the unknown kind ${wireType}.`)
    },
    text: (start, end) => Buffer.from(read(start, end - start)).toString('utf8'),
  }
}
