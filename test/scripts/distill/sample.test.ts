import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTextSample } from '../../../scripts/distill/sample.ts'

function sampleOf(texts: readonly string[], most = 1000) {
  const sample = createTextSample(most)
  for (const text of texts) sample.add(text)
  return sample.finish()
}

test('texts that differ in case, width and white space count once; those without a letter are dropped', () => {
  const sampled = sampleOf([
    'Nurse',
    ' nurse',
    'ｎｕｒｓｅ',
    'nurse\tnight',
    'Nurse  night',
    '???',
    '',
    '护士',
    'C++',
    'C#',
  ])
  expect([...sampled.texts].sort()).toEqual([' nurse', 'C#', 'C++', 'Nurse  night', '护士'].sort())
  expect(sampled).toMatchObject({ read: 10, repeated: 3, blank: 2, beyond: 0 })
})

test('the same texts in any order give the same list and hash', () => {
  const text = fc.stringMatching(/^[a-c]{1,4}$/)
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (texts, most) => {
      const [one, other] = [sampleOf(texts, most), sampleOf([...texts].reverse(), most)]
      expect(other.texts).toEqual(one.texts)
      expect(other.sha256).toBe(one.sha256)
      expect(one.texts).toHaveLength(Math.min(most, new Set(texts).size))
    }),
  )
})

test('of more texts than wanted as many are drawn, and those left out are counted', () => {
  const texts = Array.from({ length: 5000 }, (_, index) => `title ${index}`)
  const { texts: drawn, beyond, read, repeated } = sampleOf(texts, 100)
  expect([drawn.length, read, repeated, beyond]).toEqual([100, 5000, 0, 4900])
  const mean = drawn.reduce((sum, text) => sum + Number(text.slice(6)), 0) / 100
  // Not the first ones: a uniform draw of 100 has its mean within 2500 ± 4 × 144.
  expect(Math.abs(mean - 2500)).toBeLessThan(580)
})

test('one changed text changes the hash', () => {
  expect(sampleOf(['a', 'b']).sha256).not.toBe(sampleOf(['a', 'c']).sha256)
  expect(sampleOf(['a', 'b']).sha256).toMatch(/^[0-9a-f]{64}$/)
})
