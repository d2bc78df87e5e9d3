import { AppError } from '../../errors.ts'
import { checkTokenizerFile, type TokenizerFile } from './tokenizer-file.ts'

/** Magic, SHA-256 of the tokenizer.json, up to five counts and the bytes of the whole as uint32. */
const SOURCE_AT = 8
const COUNTS_AT = 40
const LENGTH_AT = 60
const HEADER_BYTES = 64

/** A kind of flat file: eight bytes that it begins with, and the name of its layout for people. */
export interface FlatFormat {
  readonly name: string
  readonly magic: string
}

type Numbers = Float64Array | Int32Array | Uint32Array | Uint16Array

/** A flat file that is read from front to back: each call of a method continues where the last one ended. */
interface FlatReader {
  /** The count at `index` of those that were written. */
  count(index: number): number
  /** The next numbers, as views of the file's own bytes. */
  float64(length: number): Float64Array
  int32(length: number): Int32Array
  uint32(length: number): Uint32Array
  uint16(length: number): Uint16Array
  /** The last part: the tokenizer.json without what was laid out. */
  outline(): TokenizerFile
}

/**
 * Lays a tokenizer out as bytes (little-endian). Arrays go from wide numbers to narrow ones, so that each is aligned.
 *
 * @param source the SHA-256 of its tokenizer.json in hex
 */
export function writeFlat(
  { magic }: FlatFormat,
  source: string,
  counts: readonly number[],
  arrays: readonly Numbers[],
  outline: TokenizerFile,
): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(magic, 'latin1')
  header.write(source, SOURCE_AT, 'hex')
  counts.forEach((count, index) => {
    header.writeUInt32LE(count, COUNTS_AT + 4 * index)
  })
  const parts = arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  const bytes = Buffer.concat([header, ...parts, Buffer.from(JSON.stringify(outline))])
  bytes.writeUInt32LE(bytes.length, LENGTH_AT)
  return bytes
}

/** Whether bytes begin as a format does. */
export function isFlat(bytes: Uint8Array, { magic }: FlatFormat): boolean {
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(SOURCE_AT, bytes.length)).toString('latin1') ===
    magic
  )
}

/**
 * Opens a flat file.
 *
 * @throws AppError `artifact_corrupt` when the bytes are not of this format, not whole, or not made from the
 * tokenizer.json with the SHA-256 `source`
 */
export function openFlat(bytes: Uint8Array, format: FlatFormat, source: string): FlatReader {
  // Views of 8-byte numbers need memory aligned to them.
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes)
  if (byteLength < HEADER_BYTES || !isFlat(bytes, format)) {
    throw unusable(`the format ${format.name}`, `${byteLength} bytes of something else`)
  }
  const header = Buffer.from(buffer, byteOffset, HEADER_BYTES)
  const made = header.toString('hex', SOURCE_AT, COUNTS_AT)
  if (made !== source) throw unusable(`one made from the tokenizer.json ${source}`, `from ${made}`)
  const whole = header.readUInt32LE(LENGTH_AT)
  if (whole !== byteLength) throw unusable(`${whole} bytes`, `${byteLength}`)
  let at = HEADER_BYTES
  const skip = (length: number): number => {
    at += length
    return byteOffset + at - length
  }
  return {
    count: (index) => header.readUInt32LE(COUNTS_AT + 4 * index),
    float64: (length) => new Float64Array(buffer, skip(8 * length), length),
    int32: (length) => new Int32Array(buffer, skip(4 * length), length),
    uint32: (length) => new Uint32Array(buffer, skip(4 * length), length),
    uint16: (length) => new Uint16Array(buffer, skip(2 * length), length),
    outline: () =>
      checkTokenizerFile(JSON.parse(Buffer.from(buffer, byteOffset + at, byteLength - at).toString())),
  }
}

function unusable(expected: string, got: string): AppError {
  const message = `The flat tokenizer file cannot be used: expected ${expected}, got ${got}. Remove it, or build it again.`
  return new AppError('artifact_corrupt', message, { details: { expected, got } })
}
