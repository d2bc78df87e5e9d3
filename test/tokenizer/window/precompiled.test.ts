import { expect, test } from 'vitest'
import { normalizePrecompiled } from '../../../src/tokenizer/window/precompiled.ts'

// What tokenizers 0.23.3 makes of them with XLM-R's own rules.
test.each([
  ['a syllable of Korean stays in its parts', '\u1112\u1161\u11ab', '\u1112\u1161\u11ab'],
  ['an accent joins its letter', 'e\u0301', 'é'],
  ['many marks on one letter do not', 'e\u0301\u0301\u0301', 'e\u0301\u0301\u0301'],
  ['full-width forms become plain, but for the tilde', 'Ａ１～', 'A1～'],
  ['spaces of any width become one kind', 'a\u2028b\u3000c\ufeffd', 'a b c d'],
  ['control characters vanish', 'a\u001cb\u000bc', 'abc'],
  ['a NEL stays, for words to be parted by', 'a\u0085b', 'a\u0085b'],
])('%s', (_, text, expected) => {
  expect(normalizePrecompiled(text)).toBe(expected)
})
