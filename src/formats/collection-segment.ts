import { AppError } from '../errors.ts'

/** How the vectors of a collection are kept. */
export type CollectionEncoding = 'float32' | 'int8'

/** A segment to write: vectors, and for each a line of JSON with its id and fields. */
export interface SegmentParts {
  readonly encoding: CollectionEncoding
  readonly columns: number
  /** Row-major, of length `rows * columns`. */
  readonly vectors: Float32Array
  /** One per row, without line ends. */
  readonly lines: readonly string[]
}

/** A part of a collection, laid over the bytes of its file. */
export interface Segment {
  readonly encoding: CollectionEncoding
  readonly rows: number
  readonly columns: number
  /** Of float32, row-major. */
  readonly vectors?: Float32Array
  /** Of int8: `(code - 128) * scale` is the value, row-major. */
  readonly codes?: Uint8Array
  /** Of int8: one per row. */
  readonly scales?: Float32Array
  /** The line of JSON that was written with a row. */
  line(row: number): string
}

const MAGIC = 'SEMBCOLL'
const VERSION = 1
const HEADER_BYTES = 64
/** Parts begin where typed arrays may be laid over them. */
const ALIGNMENT = 64
/** Code of zero: an unsigned code minus this is the signed one. */
export const ZERO_CODE = 128
const MOST_STEPS = 127

/** Where each part of a segment lies in its file, in bytes. */
interface Layout {
  readonly scales: number
  readonly vectors: number
  readonly offsets: number
  readonly lines: number
}

function layoutOf(encoding: CollectionEncoding, rows: number, columns: number): Layout {
  const scales = HEADER_BYTES
  const vectors = align(scales + (encoding === 'int8' ? rows * 4 : 0))
  const offsets = align(vectors + rows * columns * (encoding === 'int8' ? 1 : 4))
  return { scales, vectors, offsets, lines: align(offsets + (rows + 1) * 4) }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

/**
 * The bytes of a segment: a header with a magic text and the version of the format, the scales of the rows (int8), the
 * vectors, where each line begins, the lines. Numbers are little-endian.
 */
export function encodeSegment({ encoding, columns, vectors, lines }: SegmentParts): Uint8Array {
  const rows = lines.length
  const encoded = lines.map((line) => Buffer.from(line, 'utf8'))
  const lineBytes = encoded.reduce((sum, line) => sum + line.length, 0)
  const layout = layoutOf(encoding, rows, columns)
  const bytes = new Uint8Array(layout.lines + lineBytes)
  writeHeader(bytes, { encoding, rows, columns, lineBytes })
  if (encoding === 'int8') quantizeInto(bytes, layout, vectors, columns)
  else new Float32Array(bytes.buffer, layout.vectors, vectors.length).set(vectors)
  const offsets = new Uint32Array(bytes.buffer, layout.offsets, rows + 1)
  encoded.forEach((line, row) => {
    bytes.set(line, layout.lines + offsets[row]!)
    offsets[row + 1] = offsets[row]! + line.length
  })
  return bytes
}

interface Header {
  readonly encoding: CollectionEncoding
  readonly rows: number
  readonly columns: number
  readonly lineBytes: number
}

function writeHeader(bytes: Uint8Array, { encoding, rows, columns, lineBytes }: Header): void {
  bytes.set(Buffer.from(MAGIC, 'latin1'))
  const view = new DataView(bytes.buffer)
  for (const [index, value] of [VERSION, encoding === 'int8' ? 1 : 0, rows, columns, lineBytes].entries()) {
    view.setUint32(MAGIC.length + 4 * index, value, true)
  }
}

/** Each row in 255 steps of its own largest value. */
function quantizeInto(bytes: Uint8Array, layout: Layout, vectors: Float32Array, columns: number): void {
  const rows = vectors.length / columns
  const scales = new Float32Array(bytes.buffer, layout.scales, rows)
  const codes = new Uint8Array(bytes.buffer, layout.vectors, vectors.length)
  for (let row = 0; row < rows; row++) {
    let largest = 0
    for (let index = row * columns; index < (row + 1) * columns; index++) {
      largest = Math.max(largest, Math.abs(vectors[index]!))
    }
    const scale = largest / MOST_STEPS || 1
    scales[row] = scale
    for (let index = row * columns; index < (row + 1) * columns; index++) {
      codes[index] = ZERO_CODE + Math.round(vectors[index]! / scale)
    }
  }
}

/**
 * Lays a segment over its bytes, which must begin where memory does; nothing is copied.
 *
 * @param name of the file, for errors
 * @throws AppError `artifact_corrupt` when the bytes are no segment of this version, or not all of one
 */
export function readSegment(bytes: Uint8Array, name: string): Segment {
  const { encoding, rows, columns, lineBytes } = readHeader(bytes, name)
  const layout = layoutOf(encoding, rows, columns)
  const expected = layout.lines + lineBytes
  if (bytes.length !== expected) throw corrupt(name, `${expected} bytes`, `${bytes.length}`)
  const { buffer, byteOffset: start } = bytes
  const offsets = new Uint32Array(buffer, start + layout.offsets, rows + 1)
  const values = rows * columns
  return {
    encoding,
    rows,
    columns,
    ...(encoding === 'float32'
      ? { vectors: new Float32Array(buffer, start + layout.vectors, values) }
      : {
          codes: new Uint8Array(buffer, start + layout.vectors, values),
          scales: new Float32Array(buffer, start + layout.scales, rows),
        }),
    line: (row) =>
      Buffer.from(buffer, start + layout.lines + offsets[row]!, offsets[row + 1]! - offsets[row]!).toString(),
  }
}

function readHeader(bytes: Uint8Array, name: string): Header {
  const magic = Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1')
  if (bytes.length < HEADER_BYTES || magic !== MAGIC)
    throw corrupt(name, 'a segment of a collection', 'other bytes')
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const field = (index: number) => view.getUint32(MAGIC.length + 4 * index, true)
  if (field(0) !== VERSION) throw corrupt(name, `version ${VERSION} of the format`, `version ${field(0)}`)
  return {
    encoding: field(1) === 1 ? 'int8' : 'float32',
    rows: field(2),
    columns: field(3),
    lineBytes: field(4),
  }
}

function corrupt(name: string, expected: string, got: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `The segment ${name} is damaged: expected ${expected}, got ${got}; build the collection again.`,
    { details: { key: name, expected, got } },
  )
}
