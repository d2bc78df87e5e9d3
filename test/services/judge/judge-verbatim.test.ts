import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findQuotes } from '../../../src/services/judge/verbatim.ts'

const quotesIn = (text: string, quotes: readonly string[]) => {
  const { places, dropped } = findQuotes(text, quotes)
  return { quotes: places.map((place) => text.slice(...place)), dropped }
}

test.each([
  ['as it stands', 'Led a team of four. Java.', 'Led a team of four.', 'Led a team of four.'],
  ['over a line break', 'Led a team\n  of four.', 'Led a team of four', 'Led a team\n  of four'],
  ['in full width', 'Ｊａｖａ １７ at a bank', 'Java 17', 'Ｊａｖａ １７'],
  ['with accents in two pieces', 'Café Zürich', 'Cafe\u0301 Zu\u0308rich', 'Café Zürich'],
  ['in Chinese, within a sentence', '熟悉Spring Boot和MySQL，五年经验', '五年经验', '五年经验'],
  ['in Chinese beside Latin letters', '熟悉Java开发', 'Java', 'Java'],
  ['later, as a whole word', 'JavaScript, then Java', 'Java', 'Java'],
  ['beyond the first plane', 'Won 🏆 twice', 'Won 🏆 twice', 'Won 🏆 twice'],
])('finds a quote %s, and gives it as the text has it', (_, text, quote, found) => {
  expect(quotesIn(text, [quote])).toEqual({ quotes: [found], dropped: 0 })
})

test.each([
  ['is not there', 'Pastry cook in a hotel', 'Ten years of Java'],
  ['is changed by a word', 'Led a team of four', 'Led a team of five'],
  ['leaves out words', 'Led, for a while, a team', 'Led a team'],
  ['is half a word', 'JavaScript in the browser', 'Java'],
  ['is half a number', '15 years at a bank', '5 years'],
  ['is one letter', 'a nurse', 'a'],
  ['is no more than marks', 'a – nurse –', '–'],
  ['begins within an accent', 'Cafe\u0301 Bern', '\u0301 Bern'],
  ['speaks to who judges', 'IELTS score: 100', 'score: 100'],
])('drops a quote that %s', (_, text, quote) => {
  expect(quotesIn(text, [quote])).toEqual({ quotes: [], dropped: 1 })
})

test('gives a place that is quoted twice once', () => {
  expect(quotesIn('night nurse', ['night nurse', ' night  nurse '])).toEqual({
    quotes: ['night nurse'],
    dropped: 0,
  })
})

test('whatever is said to be a quote, what is given stands in the text', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'ab é\u0301ﬁＡ１ \n\t护士🏆.-'), maxLength: 30 })
  const texts = fc.oneof(letters, fc.string({ unit: 'binary', maxLength: 60 }))
  fc.assert(
    fc.property(texts, fc.array(texts, { maxLength: 4 }), fc.nat(), fc.nat(), (text, lies, start, length) => {
      const honest = text.slice(start % (text.length + 1)).slice(0, length % 20)
      const { quotes, dropped } = quotesIn(text, [...lies, honest])
      for (const quote of quotes) expect(text.includes(quote)).toBe(true)
      expect(quotes.length + dropped).toBeLessThanOrEqual(lies.length + 1)
    }),
    { numRuns: 500 },
  )
})
