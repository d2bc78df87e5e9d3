import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decimalText, float16Value, unscaledOf } from '../../src/formats/parquet/numbers.ts'
import { dateText, timestampText, timeText } from '../../src/formats/parquet/times.ts'

it('writes times as Date does, where it reaches', () => {
  const inReach = fc.bigInt({ min: -62_167_219_200_000n, max: 253_402_300_799_999n })
  fc.assert(
    fc.property(inReach, (milliseconds) => {
      const expected = new Date(Number(milliseconds)).toISOString()
      expect(timestampText(milliseconds, 'ms', true)).toBe(expected)
      expect(timestampText(milliseconds * 1000n + 7n, 'us', false)).toBe(expected.replace('Z', '007'))
      expect(timestampText(milliseconds * 1_000_000n, 'ns', true)).toBe(expected.replace('Z', '000000Z'))
      expect(dateText(BigInt(Math.floor(Number(milliseconds) / 86_400_000)))).toBe(expected.slice(0, 10))
    }),
  )
})

it('writes years beyond four digits with a sign', () => {
  expect(dateText(-2_147_483_648n)).toBe('-5877641-06-23')
  expect(dateText(2_147_483_647n)).toBe('+5881580-07-11')
  expect(timestampText(-62_167_219_200_001n, 'ms', false)).toBe('-000001-12-31T23:59:59.999')
  expect(timeText(86_399_999_999_999n, 'ns')).toBe('23:59:59.999999999')
})

it('writes decimals as whole numbers with a point in them', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.nat({ max: 76 }), (unscaled, scale) => {
      const text = decimalText(unscaled, scale)
      expect(BigInt(text.replace('.', ''))).toBe(unscaled)
      expect(text.split('.')[1]?.length ?? 0).toBe(scale)
    }),
  )
  expect(decimalText(-5n, 3)).toBe('-0.005')
  expect(decimalText(12n, -2)).toBe('1200')
})

it('reads whole numbers of any number of bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 32 }), (bytes) => {
      const value = unscaledOf(bytes)
      const hex = BigInt.asUintN(bytes.length * 8, value)
        .toString(16)
        .padStart(bytes.length * 2, '0')
      expect(hex).toBe(Buffer.from(bytes).toString('hex'))
      expect(value < 0n).toBe(bytes[0]! > 127)
    }),
  )
  expect([unscaledOf(new Uint8Array()), unscaledOf(-3), unscaledOf(4n)]).toEqual([0n, -3n, 4n])
})

it('reads floats of 16 bits', () => {
  const cases: [number, number][] = [
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
    [0x8000, -0],
  ]
  for (const [bits, value] of cases) expect(float16Value(Uint8Array.of(bits & 255, bits >> 8))).toBe(value)
})
