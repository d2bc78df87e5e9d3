import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitSentences } from '../../src/formats/sentences.ts'

const cut = (text: string) => splitSentences(text).map(({ start, end }) => text.slice(start, end))

test.each([
  ['One. Two! Three?', ['One.', 'Two!', 'Three?']],
  ['负责护理。会说英语！有经验', ['负责护理。', '会说英语！', '有经验']],
  ['Skills:\n• Java\n• 数据库；SQL', ['Skills:', 'Java', '数据库', 'SQL']],
  ['  padded  ', ['padded']],
  ['', []],
  [' \n ; ', []],
  ['👩‍⚕️ Nurse. 🧑🏽‍🍳 Cook.', ['👩‍⚕️ Nurse.', '🧑🏽‍🍳 Cook.']],
])('splits %j into its sentences', (text, sentences) => {
  expect(cut(text)).toEqual(sentences)
})

const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '护士。',
        '👩‍⚕️',
        'e\u0301',
        'न\u093f',
        '. ',
        '\n',
        '；',
        ' ',
        '🇩🇪',
        '\r\n',
        '!?',
        'Dr. ',
      ),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    ),
  )
  .map((parts) => parts.join(''))

test('offsets are in order, inside the text, and lose nothing but breaks and white space', () => {
  fc.assert(
    fc.property(texts, (text) => {
      let at = 0
      for (const { start, end } of splitSentences(text)) {
        expect(text.slice(at, start)).toMatch(/^[\s•●▪◦·；;]*$/u)
        expect(end).toBeGreaterThan(start)
        expect(text.slice(start, end).trim()).toBe(text.slice(start, end))
        at = end
      }
      expect(text.slice(at)).toMatch(/^[\s•●▪◦·；;]*$/u)
    }),
  )
})

test('never splits what a reader sees as one character', () => {
  const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
  fc.assert(
    fc.property(texts, (text) => {
      const inside = new Set<number>()
      for (const { segment, index } of graphemes.segment(text)) {
        if (/^[\s•●▪◦·；;]/u.test(segment)) continue
        for (let at = index + 1; at < index + segment.length; at++) inside.add(at)
      }
      for (const { start, end } of splitSentences(text)) {
        expect([inside.has(start), inside.has(end)]).toEqual([false, false])
      }
    }),
  )
})

test.each(['I am a nurse. ', '\n', 'a!?', '1. ', ' ', '护士', '👩‍⚕️', 'e\u0301'])(
  'cuts %j over and over into short pieces: with the square of the length this test would take half an hour',
  (part) => {
    const text = part.repeat(1_000_000 / part.length)
    const spans = splitSentences(text)
    expect(spans.filter(({ start, end }) => end - start > 2000)).toEqual([])
    const kept = spans.map(({ start, end }) => text.slice(start, end)).join('')
    expect(kept.replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''))
  },
)

test('has no sentence of the white space behind a next-line character', () => {
  expect(splitSentences('One.\u0085 ')).toEqual([{ start: 0, end: 5 }])
})

test('reads no further than the sentences that are wanted', () => {
  expect(splitSentences('One. Two. Three.', 2)).toHaveLength(2)
})

test('cuts a run of emoji between them', () => {
  const family = '👩‍⚕️'
  for (const { start, end } of splitSentences(family.repeat(1000)))
    expect([start % family.length, end % family.length]).toEqual([0, 0])
})

test('cuts a letter with more marks than a piece holds', () => {
  const text = `a${'\u0301'.repeat(5000)}`
  expect(splitSentences(text).map(({ start, end }) => [start, end])).toEqual([
    [0, 2000],
    [2000, 4000],
    [4000, 5001],
  ])
})
