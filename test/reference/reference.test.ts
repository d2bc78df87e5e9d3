import { expect, it } from 'vitest'
import { erf, gelu, softmax } from './arithmetic.ts'
import { distanceBucket } from './families.ts'

it.each([
  [0, 0],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [-3, -0.9999779095030014],
  [7, 1],
])('erf(%d) is the tabled value', (x, value) => {
  expect(erf(x)).toBeCloseTo(value, 14)
})

it('gelu keeps large values and drops very negative ones', () => {
  expect([gelu(0), gelu(20), gelu(-20)].map((value) => value + 0)).toEqual([0, 20, 0])
  expect(gelu(1)).toBeCloseTo(0.8413447460685429, 14)
})

it('softmax gives shares in the ratio of the powers', () => {
  const [first, second] = softmax(Float64Array.of(0, Math.log(3)))
  expect([first, second].map((share) => share?.toFixed(12))).toEqual(['0.250000000000', '0.750000000000'])
})

it('distances share rows as the published formula has it', () => {
  for (let distance = 0; distance < 300; distance++) {
    // At a power of √2 the logarithm is a whole number, which rounding must not spoil.
    const step = Math.floor((Math.log(distance / 8) / Math.log(16)) * 8 + 1e-9)
    const row = distance < 8 ? distance : Math.min(15, 8 + step)
    expect([distance, distanceBucket(300, 300 - distance)]).toEqual([distance, row])
    if (distance > 0) expect([distance, distanceBucket(0, distance)]).toEqual([distance, 16 + row])
  }
})
