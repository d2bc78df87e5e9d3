import { AppError } from '../errors.ts'
import { isRecord } from '../is-record.ts'

/** A tensor of a safetensors file, as numbers. */
export interface SafeTensor {
  readonly shape: readonly number[]
  /** Row-major; every type of the file is widened to float32, integers beyond 2^24 lose digits. */
  readonly data: Float32Array
}

/** What the header says of one tensor. */
interface TensorHeader {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** Reads one element of a type, little-endian. */
interface ElementType {
  readonly bytes: number
  read(view: DataView, offset: number): number
}

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  F64: { bytes: 8, read: (view, offset) => view.getFloat64(offset, true) },
  F32: { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) },
  F16: { bytes: 2, read: (view, offset) => halfToNumber(view.getUint16(offset, true)) },
  BF16: { bytes: 2, read: readBrainFloat },
  I64: { bytes: 8, read: (view, offset) => Number(view.getBigInt64(offset, true)) },
  I32: { bytes: 4, read: (view, offset) => view.getInt32(offset, true) },
  I8: { bytes: 1, read: (view, offset) => view.getInt8(offset) },
  U8: { bytes: 1, read: (view, offset) => view.getUint8(offset) },
}

/** Longer headers are refused, as the reference implementation does. */
const MOST_HEADER_BYTES = 100_000_000
const LENGTH_BYTES = 8

/** The tensors of a safetensors file, by name; each is read when it is asked for. */
export interface SafeTensors {
  readonly names: readonly string[]
  /** Texts beside the tensors, by name; none when the file has none. */
  readonly metadata: Readonly<Record<string, string>>
  /** @throws AppError `artifact_corrupt` when there is none of the name, or its bytes do not fill its shape */
  read(name: string): SafeTensor
}

/**
 * Opens a safetensors file (https://github.com/huggingface/safetensors#format): eight bytes with the header's length,
 * a header of JSON, the tensors.
 *
 * @param mostHeaderBytes a longer header is refused before it is read
 * @throws AppError `artifact_corrupt` when it has no such header
 */
export function readSafeTensors(file: Uint8Array, mostHeaderBytes = MOST_HEADER_BYTES): SafeTensors {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const length = file.length < LENGTH_BYTES ? -1 : Number(view.getBigUint64(0, true))
  if (length < 0 || length > Math.min(mostHeaderBytes, file.length - LENGTH_BYTES)) {
    const most = file.length > mostHeaderBytes ? ` and of at most ${mostHeaderBytes}` : ''
    throw corrupt(`a header within its ${file.length} bytes${most}`, `a header of ${length} bytes`)
  }
  const start = LENGTH_BYTES + length
  const { headers, metadata } = parseHeader(file.subarray(LENGTH_BYTES, start))
  return {
    names: [...headers.keys()],
    metadata,
    read(name) {
      const header = headers.get(name)
      if (!header) throw corrupt(`a tensor ${name}`, `only ${[...headers.keys()].join(', ') || 'none'}`)
      return readTensor(view, start, name, header)
    },
  }
}

/** What a file says before its tensors. */
interface Header {
  readonly headers: ReadonlyMap<string, TensorHeader>
  readonly metadata: Readonly<Record<string, string>>
}

function parseHeader(bytes: Uint8Array): Header {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw corrupt('a header of JSON', 'something else')
  }
  if (!isRecord(header)) throw corrupt('an object as header', 'something else')
  const { __metadata__: metadata = {}, ...tensors } = header
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw corrupt('texts as metadata', 'something else')
  }
  const headers = new Map<string, TensorHeader>()
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!isTensorHeader(tensor)) throw corrupt(`a type, a shape and offsets of ${name}`, 'something else')
    headers.set(name, tensor)
  }
  return { headers, metadata: metadata as Record<string, string> }
}

function isTensorHeader(value: unknown): value is TensorHeader {
  if (!isRecord(value)) return false
  const { dtype, shape, data_offsets: offsets } = value
  return typeof dtype === 'string' && areSizes(shape) && areSizes(offsets) && offsets.length === 2
}

function areSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

function readTensor(view: DataView, start: number, name: string, header: TensorHeader): SafeTensor {
  const { dtype, shape, data_offsets: offsets } = header
  const type = ELEMENT_TYPES[dtype]
  if (!type) throw corrupt(`${name} of a type of ${Object.keys(ELEMENT_TYPES).join(', ')}`, dtype)
  const count = shape.reduce((product, size) => product * size, 1)
  const [from, to] = [start + offsets[0], start + offsets[1]]
  if (to - from !== count * type.bytes || from < start || to > view.byteLength) {
    throw corrupt(
      `${count * type.bytes} bytes for ${name} [${shape.join(', ')}]`,
      `bytes ${offsets.join(' to ')}`,
    )
  }
  const data = new Float32Array(count)
  for (let index = 0; index < count; index++) data[index] = type.read(view, from + index * type.bytes)
  return { shape, data }
}

/** A float32 tensor to write. */
interface WrittenTensor {
  readonly shape: readonly number[]
  /** Row-major, as many numbers as the shape says. */
  readonly data: Float32Array
}

/** The bytes of a safetensors file with float32 tensors by name; the same bytes for the same tensors and texts. */
export function writeSafeTensors(
  tensors: Readonly<Record<string, WrittenTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata }
  let end = 0
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] }
    end += data.byteLength
  }
  // Tensors begin at a multiple of eight bytes, as the reference implementation has it.
  const text = JSON.stringify(header)
  const bytes = Buffer.from(text.padEnd(text.length + ((8 - (Buffer.byteLength(text) % 8)) % 8)))
  const file = new Uint8Array(LENGTH_BYTES + bytes.length + end)
  const view = new DataView(file.buffer)
  view.setBigUint64(0, BigInt(bytes.length), true)
  file.set(bytes, LENGTH_BYTES)
  let at = LENGTH_BYTES + bytes.length
  for (const { data } of Object.values(tensors)) {
    for (const value of data) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  return file
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The upper half of a float32. */
function readBrainFloat(view: DataView, offset: number): number {
  const word = new DataView(new ArrayBuffer(4))
  word.setUint16(2, view.getUint16(offset, true), true)
  return word.getFloat32(0, true)
}

function corrupt(expected: string, got: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `The safetensors file is damaged: expected ${expected}, got ${got}; fetch it again.`,
    { details: { expected, got } },
  )
}
