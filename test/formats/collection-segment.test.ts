import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeSegment, readSegment, ZERO_CODE } from '../../src/formats/collection-segment.ts'

const finite = fc.integer({ min: -10_000, max: 10_000 }).map((value) => value / 7)
const parts = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 20 }))
  .chain(([columns, lines]) =>
    fc.record({
      columns: fc.constant(columns),
      lines: fc.constant(lines),
      vectors: fc
        .array(finite, { minLength: columns * lines.length, maxLength: columns * lines.length })
        .map((values) => Float32Array.from(values)),
    }),
  )

test('reads back float32 vectors and lines to the bit', () => {
  fc.assert(
    fc.property(parts, ({ columns, lines, vectors }) => {
      const bytes = encodeSegment({ encoding: 'float32', columns, vectors, lines })
      const segment = readSegment(bytes, 'a')
      expect([segment.rows, segment.columns, segment.encoding]).toEqual([lines.length, columns, 'float32'])
      expect(segment.vectors).toEqual(vectors)
      expect(lines.map((_, row) => segment.line(row))).toEqual(lines)
    }),
  )
})

test('keeps int8 vectors to half a step of each row', () => {
  fc.assert(
    fc.property(parts, ({ columns, lines, vectors }) => {
      const { codes, scales } = readSegment(encodeSegment({ encoding: 'int8', columns, vectors, lines }), 'a')
      for (const [index, value] of vectors.entries()) {
        const scale = scales![Math.floor(index / columns)]!
        expect(Math.abs((codes![index]! - ZERO_CODE) * scale - value)).toBeLessThanOrEqual(scale * 0.5001)
      }
    }),
  )
})

const good = encodeSegment({ encoding: 'float32', columns: 2, vectors: Float32Array.of(1, 2), lines: ['{}'] })
const changed = (index: number, value: number) => {
  const bytes = Uint8Array.from(good)
  bytes[index] = value
  return bytes
}

test.each([
  ['no bytes', new Uint8Array(), 'expected a segment of a collection'],
  ['other bytes', changed(0, 0), 'expected a segment of a collection'],
  ['another version', changed(8, 9), 'expected version 1 of the format, got version 9'],
  ['half a file', good.slice(0, 70), /expected \d+ bytes, got 70/],
])('refuses as a segment of a collection: %s', (_, bytes, message) => {
  expect(() => readSegment(bytes, 'a')).toThrow(expect.objectContaining({ code: 'artifact_corrupt' }))
  expect(() => readSegment(bytes, 'a')).toThrow(message)
})

test('keeps a row of nothing but zeros', () => {
  const parts = { encoding: 'int8', columns: 2, vectors: new Float32Array(2), lines: ['{}'] } as const
  const { codes } = readSegment(encodeSegment(parts), 'a')
  expect([...codes!]).toEqual([ZERO_CODE, ZERO_CODE])
})
