import { AppError } from '../errors.ts'

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
  /** @throws AppError `artifact_corrupt` when there is none of the name, or its bytes do not fill its shape */
  read(name: string): SafeTensor
}

/**
 * Opens a safetensors file (https://github.com/huggingface/safetensors#format): eight bytes with the header's length,
 * a header of JSON, the tensors.
 *
 * @throws AppError `artifact_corrupt` when it has no such header
 */
export function readSafeTensors(file: Uint8Array): SafeTensors {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const length = file.length < LENGTH_BYTES ? -1 : Number(view.getBigUint64(0, true))
  if (length < 0 || length > Math.min(MOST_HEADER_BYTES, file.length - LENGTH_BYTES)) {
    throw corrupt(`a header within its ${file.length} bytes`, `a header of ${length} bytes`)
  }
  const start = LENGTH_BYTES + length
  const headers = parseHeader(file.subarray(LENGTH_BYTES, start))
  return {
    names: [...headers.keys()],
    read(name) {
      const header = headers.get(name)
      if (!header) throw corrupt(`a tensor ${name}`, `only ${[...headers.keys()].join(', ') || 'none'}`)
      return readTensor(view, start, name, header)
    },
  }
}

function parseHeader(bytes: Uint8Array): Map<string, TensorHeader> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw corrupt('a header of JSON', 'something else')
  }
  if (typeof header !== 'object' || header === null) throw corrupt('an object as header', 'something else')
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__')
  return new Map(entries as [string, TensorHeader][])
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
