import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ENCODINGS, encodedBytes, encodeRows } from '../../src/vector/encoding.ts'
import { createMatrix, type Matrix } from '../../src/vector/matrix.ts'
import { normalizeRows } from '../../src/vector/normalize.ts'

function matrixOf(...rows: number[][]): Matrix {
  const matrix = createMatrix(rows.length, rows[0]!.length)
  matrix.data.set(rows.flat())
  return matrix
}

const unitVectors = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5 }))
  .chain(([columns, rows]) =>
    fc.array(
      fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: columns, maxLength: columns }),
      { minLength: rows, maxLength: rows },
    ),
  )
  .map((rows) => {
    const matrix = matrixOf(...rows)
    normalizeRows(matrix)
    return matrix
  })

/** How a client reads `base64`. */
function decodeBase64(text: string): Float32Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  return new Float32Array(bytes.buffer)
}

/** How a client reads `ubinary`: the first dimension is the highest bit of the first byte. */
function decodeBits(bytes: readonly number[], dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, index) => (bytes[index >> 3]! >> (7 - (index & 7))) & 1)
}

test('numbers in JSON keep nine decimals of a float32', () => {
  expect(encodeRows(matrixOf([0.1, -0.123456789]), 'float').embeddings).toEqual([[0.100000001, -0.123456791]])
})

test('float keeps nine significant digits of values beyond 1', () => {
  expect(encodeRows(matrixOf([1234.5678, -1]), 'float').embeddings).toEqual([[1234.56775, -1]])
})

test('float is within 5e-10 of a unit vector', () => {
  fc.assert(
    fc.property(unitVectors, (vectors) => {
      const values = encodeRows(vectors, 'float').embeddings.flat() as number[]
      values.forEach((value, index) => {
        expect(Math.abs(value - vectors.data[index]!)).toBeLessThanOrEqual(5.0001e-10)
      })
    }),
  )
})

test('base64 decodes to the same bits', () => {
  fc.assert(
    fc.property(unitVectors, (vectors) => {
      const decoded = encodeRows(vectors, 'base64').embeddings.flatMap((text) => [
        ...decodeBase64(text as string),
      ])
      expect(Float32Array.from(decoded)).toEqual(vectors.data)
    }),
  )
})

test('int8 decodes to within half a code', () => {
  fc.assert(
    fc.property(unitVectors, (vectors) => {
      const { embeddings, scales } = encodeRows(vectors, 'int8')
      for (const [row, codes] of (embeddings as number[][]).entries()) {
        codes.forEach((code, column) => {
          expect(Number.isInteger(code) && Math.abs(code) <= 127).toBe(true)
          const value = vectors.data[row * vectors.columns + column]!
          expect(Math.abs(code * scales![row]! - value)).toBeLessThanOrEqual(scales![row]! / 2 + 1e-7)
        })
      }
    }),
  )
})

test('int8 of zeros is zeros, without a negative one', () => {
  expect(encodeRows(matrixOf([0, -0]), 'int8')).toEqual({ embeddings: [[0, 0]], scales: [0] })
  expect(encodeRows(matrixOf([1, -1e-6]), 'int8').embeddings).toEqual([[127, 0]])
})

test('ubinary has a bit for each positive value, the first one highest', () => {
  expect(encodeRows(matrixOf([1, -1, 0, 1, 1, 1, 1, 1, 0.5, -0.5]), 'ubinary').embeddings).toEqual([
    [0b10011111, 0b10000000],
  ])
})

test('ubinary decodes to the signs', () => {
  fc.assert(
    fc.property(unitVectors, (vectors) => {
      const bits = encodeRows(vectors, 'ubinary').embeddings.flatMap((row) =>
        decodeBits(row as number[], vectors.columns),
      )
      expect(bits).toEqual(Array.from(vectors.data, (value) => (value > 0 ? 1 : 0)))
    }),
  )
})

test.each(ENCODINGS)('the JSON of unit vectors in %s never exceeds what was promised', (encoding) => {
  fc.assert(
    fc.property(unitVectors, (vectors) => {
      const { embeddings, scales } = encodeRows(vectors, encoding)
      const bytes = JSON.stringify(embeddings).length - 2 + (scales ? JSON.stringify(scales).length - 2 : 0)
      expect(bytes).toBeLessThanOrEqual(encodedBytes(vectors.rows, vectors.columns, encoding))
    }),
  )
})
