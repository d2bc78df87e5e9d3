import { type Matrix, rowOf } from './matrix.ts'

/**
 * Number formats of returned vectors.
 * - `float`: JSON numbers, rounded to 9 decimals (below 1) or 9 significant digits.
 * - `base64`: the float32 values, little-endian, as the OpenAI clients read them.
 * - `int8`: integers from -127 to 127; a vector's value is `code × scale`, the scale being the vector's own
 *   (largest absolute value / 127), so cosines of codes are cosines of vectors.
 * - `ubinary`: one bit a dimension, 1 where the value is above 0, packed into bytes with the first dimension in
 *   the highest bit (as numpy's `packbits` does); the last byte is filled with zeros.
 */
export const ENCODINGS = ['float', 'base64', 'int8', 'ubinary'] as const

/** One of {@link ENCODINGS}. */
export type Encoding = (typeof ENCODINGS)[number]

/** Rows ready for JSON. */
export interface EncodedRows {
  readonly embeddings: (string | number[])[]
  /** One a row, with `int8` alone. */
  readonly scales?: number[]
}

/** Encodes every row of `vectors`. */
export function encodeRows(vectors: Matrix, encoding: Encoding): EncodedRows {
  const rows = Array.from({ length: vectors.rows }, (_, row) => rowOf(vectors, row))
  switch (encoding) {
    case 'float':
      return { embeddings: rows.map((row) => Array.from(row, roundForJson)) }
    case 'base64':
      return { embeddings: rows.map(toBase64) }
    case 'ubinary':
      return { embeddings: rows.map(packSigns) }
    case 'int8': {
      const scales = rows.map(scaleOf)
      return { embeddings: rows.map((row, index) => quantize(row, scales[index]!)), scales }
    }
  }
}

/** Nine decimals are finer than float32 itself from 1/64 on, and halve the JSON of a double. */
function roundForJson(value: number): number {
  return Math.abs(value) < 1 ? Math.round(value * 1e9) / 1e9 : Number(value.toPrecision(9))
}

function toBase64(row: Float32Array): string {
  return Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('base64')
}

function scaleOf(row: Float32Array): number {
  let largest = 0
  for (const value of row) largest = Math.max(largest, Math.abs(value))
  return largest / 127
}

function quantize(row: Float32Array, scale: number): number[] {
  return Array.from(row, (value) => (scale === 0 ? 0 : Math.round(value / scale) + 0))
}

function packSigns(row: Float32Array): number[] {
  const bytes = new Uint8Array(Math.ceil(row.length / 8))
  row.forEach((value, column) => {
    if (value > 0) bytes[column >> 3]! |= 0x80 >> (column & 7)
  })
  return Array.from(bytes)
}

/** Most characters of JSON that a value takes, its comma included: `-0.123456789,`, `-127,`, `255,`. */
const VALUE_CHARACTERS = { float: 13, int8: 5, ubinary: 4 }
/** Brackets, quotes that a proxy escapes once more, a comma, and for `int8` the scale. */
const ROW_CHARACTERS = { float: 3, base64: 6, int8: 28, ubinary: 3 }

/** The most bytes of JSON that vectors of length 1 can take in an encoding: known before they are made. */
export function encodedBytes(rows: number, dimensions: number, encoding: Encoding): number {
  return rows * (ROW_CHARACTERS[encoding] + valueBytes(dimensions, encoding))
}

function valueBytes(dimensions: number, encoding: Encoding): number {
  if (encoding === 'base64') return 4 * Math.ceil((dimensions * 4) / 3)
  const values = encoding === 'ubinary' ? Math.ceil(dimensions / 8) : dimensions
  return values * VALUE_CHARACTERS[encoding]
}
