/** Collects the fields of one protocol buffer message, in the order in which they are added. */
export interface MessageWriter {
  /** A varint field: a non-negative integer, or a negative one as 64 bits. */
  integer(field: number, value: number | bigint): void
  float(field: number, value: number): void
  text(field: number, value: string): void
  /** A length-delimited field. The bytes are kept, not copied, until `finish`. */
  bytes(field: number, value: Uint8Array): void
  message(field: number, write: (message: MessageWriter) => void): void
  /** Bytes of everything so far. */
  readonly length: number
  /** Everything so far, in order, uncopied. */
  readonly parts: readonly Uint8Array[]
  finish(): Uint8Array
}

const VARINT = 0
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/** A writer of the protocol buffer wire format (protobuf.dev/programming-guides/encoding). */
export function createMessageWriter(): MessageWriter {
  const parts: Uint8Array[] = []
  let length = 0
  const push = (part: Uint8Array): void => {
    parts.push(part)
    length += part.length
  }
  const pushVarint = (value: number | bigint): void => push(encodeVarint(BigInt(value)))
  const pushKey = (field: number, wireType: number): void => pushVarint(field * 8 + wireType)
  const writer: MessageWriter = {
    integer(field, value) {
      pushKey(field, VARINT)
      pushVarint(value)
    },
    float(field, value) {
      pushKey(field, FIXED32)
      push(new Uint8Array(Float32Array.of(value).buffer))
    },
    text: (field, value) => writer.bytes(field, Buffer.from(value, 'utf8')),
    bytes(field, value) {
      pushKey(field, LENGTH_DELIMITED)
      pushVarint(value.length)
      push(value)
    },
    message(field, write) {
      const inner = createMessageWriter()
      write(inner)
      pushKey(field, LENGTH_DELIMITED)
      pushVarint(inner.length)
      // The parts as they are: a tensor of a nested message is copied once, by the outermost finish.
      for (const part of inner.parts) push(part)
    },
    get length() {
      return length
    },
    parts,
    finish: () => Buffer.concat(parts, length),
  }
  return writer
}

function encodeVarint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
