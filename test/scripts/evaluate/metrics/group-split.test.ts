import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isGroupHeldOut, shareOf } from '../../../../scripts/evaluate/metrics/group-split.ts'

test('depends on the key and the seed alone', () => {
  expect(shareOf('job 7', 1)).toBe(shareOf('job 7', 1))
  expect(shareOf('job 7', 1)).not.toBe(shareOf('job 7', 2))
  fc.assert(
    fc.property(fc.string(), fc.integer(), (key, seed) => {
      const share = shareOf(key, seed)
      expect(share >= 0 && share < 1).toBe(true)
    }),
  )
})

test.each([0, 0.2, 0.5, 1])('holds out about %d of many groups', (share) => {
  const keys = Array.from({ length: 4000 }, (_, index) => `job ${index}`)
  const heldOut = keys.filter((key) => isGroupHeldOut(key, 5, share)).length / keys.length
  expect(Math.abs(heldOut - share)).toBeLessThan(0.025)
})
