/** One field of a protocol buffer message, as it lies in the bytes. */
export interface WireField {
  readonly number: number
  /** The whole field, key included: `bytes[start, end)`. */
  readonly start: number
  readonly end: number
  /** Where its value starts: that of a length-delimited field is `bytes[valueStart, end)`. */
  readonly valueStart: number
  /** The value of a varint field; the length of a length-delimited one. */
  readonly value: number
}

const WIRE_TYPES = ['varint', 'fixed64', 'delimited', undefined, undefined, 'fixed32'] as const

/**
 * Walks the fields of the message in `bytes[start, end)`, reading no more than keys and lengths. Varints beyond
 * 2^53 lose precision.
 *
 * @throws RangeError when the bytes are no protocol buffer message, or end within a field
 */
export function* fieldsOf(bytes: Uint8Array, start = 0, end = bytes.length): Generator<WireField> {
  let at = start
  while (at < end) {
    const key = readVarint(bytes, at, end)
    const type = WIRE_TYPES[key.value & 7]
    if (type === undefined) throw new RangeError(`Byte ${at} starts no protocol buffer field.`)
    const field = readValue(bytes, key.next, end, type)
    if (field.end > end) throw new RangeError(`The field at byte ${at} ends beyond its message.`)
    yield { number: Math.floor(key.value / 8), start: at, ...field }
    at = field.end
  }
}

type Value = Pick<WireField, 'valueStart' | 'end' | 'value'>

function readValue(bytes: Uint8Array, at: number, end: number, type: string): Value {
  if (type === 'fixed64') return { valueStart: at, end: at + 8, value: 0 }
  if (type === 'fixed32') return { valueStart: at, end: at + 4, value: 0 }
  const { value, next } = readVarint(bytes, at, end)
  return type === 'varint'
    ? { valueStart: at, end: next, value }
    : { valueStart: next, end: next + value, value }
}

function readVarint(bytes: Uint8Array, at: number, end: number): { value: number; next: number } {
  let value = 0
  let scale = 1
  for (let next = at; next < end; scale *= 128) {
    const byte = bytes[next++]!
    value += (byte & 127) * scale
    if (byte < 128) return { value, next }
  }
  throw new RangeError(`The number at byte ${at} ends beyond its message.`)
}
