/** Latin letters of U+E0020 to U+E007E, which nobody sees and models read; behind a black flag a few name a country. */
const TAGS = /\u{1F3F4}[\u{E0020}-\u{E007E}]{1,6}\u{E007F}|[\u{E0020}-\u{E007E}]+/gu
const BLACK_FLAG = '\u{1F3F4}'
const TAG_SPACE = 0xe0000
const ENTITY = /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(quot|amp|lt|gt|nbsp|apos));/giu
const NAMED: Readonly<Record<string, string>> = {
  quot: '"',
  amp: '&',
  lt: '<',
  gt: '>',
  nbsp: ' ',
  apos: "'",
}
const MOST_CODE_POINT = 0x10ffff

/** Signs between or inside words that a reader passes over: markup of web pages and of Markdown. */
const MARKUP = /<[^<>]{0,80}>|[*`~\\]/gu
const PERCENT = /(?:%[0-9a-f]{2})+/giu
/** A word that was packed for machines: letters in 64 signs. */
const PACKED = /[A-Za-z0-9+/_-]{12,4096}={0,2}/gu
const RIGHT_TO_LEFT = '\u202e'
/** Figures and signs that look like letters, inside a word. */
const FIGURES: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
}
const WORD = /[\p{L}\d@$]+/gu
/** What orders to a judge are made of, by its first letter and the others in alphabetical order. */
const ORDER_WORDS = new Map(
  [
    'ignore',
    'disregard',
    'forget',
    'override',
    'previous',
    'instruction',
    'instructions',
    'prompt',
    'system',
    'answer',
    'candidate',
  ].map((word) => [mixed(word), word]),
)
const LONG_WORD = /\b[a-z]{6,12}\b/giu
const HAS_LETTER = /\p{L}/u

/** A text with the characters in it that stand for others: `&#73;` of web pages, and letters that nobody sees. */
export function unmask(text: string): string {
  return text
    .replace(ENTITY, (written, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name.toLowerCase()]!
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      return point > 0 && point <= MOST_CODE_POINT ? String.fromCodePoint(point) : written
    })
    .replace(TAGS, (tags) => {
      if (tags.startsWith(BLACK_FLAG)) return tags
      return Array.from(tags, (tag) => String.fromCodePoint(tag.codePointAt(0)! - TAG_SPACE)).join('')
    })
}

/**
 * What else a sentence says to a model or to whoever looks closely: without markup, unpacked, backwards, with figures
 * read as letters. Only those that differ from the sentence.
 */
export function otherReadings(sentence: string): string[] {
  const readings = new Set([
    sentence.replace(MARKUP, '').replaceAll('_', ' ').replace(PERCENT, fromPercent),
    sentence.replace(WORD, asLetters),
    sentence.replace(LONG_WORD, inOrder),
    ...(sentence.match(PACKED) ?? []).flatMap(unpack),
    ...(sentence.includes(RIGHT_TO_LEFT) ? [[...sentence].reverse().join('')] : []),
  ])
  readings.delete(sentence)
  return [...readings]
}

/** Figures of a word; a number stays what it is. */
function asLetters(word: string): string {
  return HAS_LETTER.test(word) ? word.replace(/[\d@$]/g, (sign) => FIGURES[sign] ?? sign) : word
}

/** A word of an order whose letters behind the first are mixed up, which readers and models read all the same. */
function inOrder(word: string): string {
  return ORDER_WORDS.get(mixed(word.toLowerCase())) ?? word
}

function mixed([first = '', ...rest]: string): string {
  return first + rest.sort().join('')
}

function fromPercent(written: string): string {
  try {
    return decodeURIComponent(written)
  } catch {
    return written
  }
}

/** The text that was packed; nothing where the bytes are none. */
function unpack(packed: string): string[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(packed, 'base64'))
    return /\p{Cc}/u.test(text.replace(/\s/g, '')) ? [] : [text]
  } catch {
    return []
  }
}
