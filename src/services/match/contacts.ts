import { atOnce } from '../../turns.ts'

/** Blanks a kind of part that tells who somebody is or how to reach them; stops after each piece of the text. */
type Blank = (text: string) => Generator<undefined, string>

/** Characters that are looked through in one go: up to 10 ms where each begins something. */
const PIECE = 1 << 14
/** Characters that say whether something begins here. */
const BEFORE = 2
/** No part is longer, with what must not follow it; links are, and are followed to their end. */
const LONGEST = 128

const spaces = (length: number) => ' '.repeat(length)

/**
 * Blanks what a pattern finds, piece by piece: a pattern by itself goes through all of a text before others have their
 * turn, 90 ms for 6 MB.
 *
 * @param placeOf the part of what was found that is blanked; none when it is something else
 */
function blankFound(
  pattern: RegExp,
  placeOf: (found: RegExpExecArray, start: number, text: string) => readonly [number, number] | undefined,
): Blank {
  return function* blank(text) {
    let done = ''
    let copied = 0
    for (let from = 0; from < text.length; ) {
      const base = Math.max(0, from - BEFORE)
      const stop = from + PIECE
      const piece = text.slice(base, stop + LONGEST)
      let next = stop
      pattern.lastIndex = from - base
      for (let found = pattern.exec(piece); found; found = pattern.exec(piece)) {
        const start = base + found.index
        if (start >= stop) break
        const place = placeOf(found, start, text)
        next = Math.max(stop, base + pattern.lastIndex, place?.[1] ?? 0)
        if (!place) continue
        done += text.slice(copied, place[0]) + spaces(place[1] - place[0])
        copied = place[1]
        pattern.lastIndex = Math.max(pattern.lastIndex, copied - base)
      }
      from = next
      yield
    }
    return done + text.slice(copied)
  }
}

const whole = (found: RegExpExecArray, start: number) => [start, start + found[0].length] as const

/** Letters, digits and signs of the part before the `@`; 64 characters by RFC 5321, and some room for what breaks it. */
const LOCAL = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u
const MOST_LOCAL = 128
const DOMAIN = /@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/uy

/**
 * E-mail addresses, looked for around each `@`. A pattern for the whole address tries again from every letter of a long
 * word: 100,000 letters took 16 s.
 */
const blankMails: Blank = function* blankMails(text) {
  let done = ''
  let end = 0
  let stop = PIECE
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at >= stop) {
      stop = at + PIECE
      yield
    }
    DOMAIN.lastIndex = at
    const domain = DOMAIN.exec(text)
    if (!domain) continue
    let start = at
    while (start > end && at - start < MOST_LOCAL && LOCAL.test(text[start - 1]!)) start--
    if (start === at) continue
    done += text.slice(end, start) + spaces(at - start + domain[0].length)
    end = at + domain[0].length
  }
  return done + text.slice(end)
}

const LINK = /\b(?:https?:\/\/|www\.|linkedin\.com\/|github\.com\/)[^\s<>"'，。；、（）]/gi
const LINK_END = /[\s<>"'，。；、（）]/gu
const blankLinks = blankFound(LINK, (_, start, text) => {
  LINK_END.lastIndex = start
  return [start, LINK_END.exec(text)?.index ?? text.length]
})

/** Runs of 8 to 15 digits with the usual separators, mobile numbers of China among them; salaries are shorter. */
const PHONE = /(?<![A-Za-z\d])\+?\(?\d(?:[\s().\-/]{0,2}\d){7,14}(?!\d)/g
/** 2015-2019, 2015/01/31, 31.12.2015 and 2015.09-2019.06 have as many digits as a telephone number. */
const DATE =
  /^(?:19|20)\d\d(?:\s?[-–/]\s?(?:19|20)\d\d|[-/.]\d{1,2}[-/.]\d{1,2}|[/.]\d{1,2}\s?-\s?(?:19|20)\d\d[/.]\d{1,2})$|^\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d$/
/** 15000-20000 is a salary: both ends are round. */
const SALARY = /^\d{2,4}00\s?[-/]\s?\d{2,4}00$/
/** 192.168.1.100 is an address of the Internet protocol; a telephone number begins with 0, or has a group above 255. */
const ADDRESS = /^(?:(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-5]|0)(?:\.(?!$)|$)){4}$/
/** GB/T 19001-2016 and ISO 27001-2013 are standards; the word before them says so, within so many characters. */
const STANDARD =
  /(?:\b(?:ISO|IEC|DIN|EN|IEEE|ASTM|ANSI|YY|JB|DL|HJ|RFC)|GB[A-Z]?)(?:\/(?:T|Z|IEC))?[ -]{0,2}$/
const STANDARD_CHARACTERS = 12
const blankPhones = blankFound(PHONE, (found, start, text) => {
  if ([DATE, SALARY, ADDRESS].some((other) => other.test(found[0]))) return undefined
  const before = text.slice(Math.max(0, start - STANDARD_CHARACTERS), start)
  return STANDARD.test(before) ? undefined : whole(found, start)
})

/** China's identity numbers: place, day of birth, order, and a check digit by ISO 7064 MOD 11-2 (GB 11643). */
const IDENTITY =
  /(?<![\dA-Za-z])[1-9]\d{5}[ -]?(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx](?![\dA-Za-z])/g
const IDENTITY_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const IDENTITY_CHECKS = '10X98765432'
const blankIdentities = blankFound(IDENTITY, (found, start) => {
  const digits = found[0].replaceAll(/[ -]/g, '')
  const sum = IDENTITY_WEIGHTS.reduce((total, weight, index) => total + weight * Number(digits[index]), 0)
  return IDENTITY_CHECKS[sum % 11] === digits[17]!.toUpperCase() ? whole(found, start) : undefined
})

/** Names of accounts and passports, told by the word before them; the word stays. White space is bounded for speed. */
const NAMED = [
  // Whoever mistypes a digit has written down most of the number all the same.
  /((?:身份证|身分證)(?:号码?|號碼?)?[ \t]{0,3}(?:是|为)?[ \t]{0,3}[:：]?[ \t]{0,3})([1-9]\d{5}[ -]?\d{8}[ -]?\d{3}[\dXx])(?![\dA-Za-z])/gi,
  // Without a colon only names that no word or product has: with an underscore, or two digits in a row.
  /((?:(?:微信|薇信|v信)[ \t]{0,3}|(?:\bwe-?chat|\bweixin|\bvx)[ \t]{1,3}))(?=[A-Za-z\d-]{0,18}(?:_|\d\d))([A-Za-z][\w-]{5,19})(?![\w-])/gi,
  /((?:微信|薇信|v信|\bwe-?chat|\bweixin|\bwx|\bvx)[ \t]{0,3}(?:号码?|id)?[ \t]{0,3}(?:[:：]|(?<=id[ \t]{0,3})is\b)[ \t]{0,3})([A-Za-z][\w-]{5,19})/gi,
  /((?:微信|薇信|v信)号码?[ \t]{0,3}(?:是|为)?[ \t]{0,3})([A-Za-z][\w-]{5,19})/gi,
  /((?:\bqq|企鹅)[ \t]{0,3}(?:号码?|群)?[ \t]{0,3}[:：]?[ \t]{0,3})([1-9]\d{4,11})(?!\d)/gi,
  /((?:(?:往来)?(?:港澳|台湾|台灣)(?:居民)?(?:来往|來往)?(?:内地|大陆)?(?:通行证|通行證|居住证)|台胞证|回乡证)(?:号码?)?[ \t]{0,3}[:：]?[ \t]{0,3})([A-Z]{0,2}\d{8,10})(?![\dA-Za-z])/gi,
  /((?:护照|\bpassport)[ \t]{0,3}(?:号码?|no\.?|number|#)?[ \t]{0,3}[:：]?[ \t]{0,3})([A-Z]{1,2}\d{7,8})(?![\dA-Za-z])/gi,
]
const blankNamed = NAMED.map((pattern) =>
  blankFound(pattern, ([all, word], start) => [start + word!.length, start + all.length]),
)

const KINDS = [blankMails, blankLinks, ...blankNamed, blankIdentities, blankPhones]

/**
 * E-mail addresses, links, telephone numbers, identity, passport and permit numbers of China, and accounts of WeChat and QQ as
 * spaces, so that every other character keeps its offset. Takes time in proportion to the text, and stops now and then.
 */
export function* blankingContacts(text: string): Generator<undefined, string> {
  const plain = FULL_WIDTH.test(text)
    ? yield* inPieces(text, (piece) => piece.replace(FULL_WIDTHS, toAscii))
    : text
  let blanked = plain
  for (const blank of KINDS) blanked = yield* blank(blanked)
  if (plain === text || blanked === plain) return plain === text ? blanked : text
  return yield* inPieces(text, (piece, at) => {
    const end = at + piece.length
    if (blanked.slice(at, end) === plain.slice(at, end)) return piece
    return Array.from({ length: piece.length }, (_, index) =>
      blanked[at + index] === plain[at + index] ? piece[index] : ' ',
    ).join('')
  })
}

/** As {@link blankingContacts}, in one go. */
export function blankContacts(text: string): string {
  return atOnce(blankingContacts(text))
}

function* inPieces(
  text: string,
  change: (piece: string, at: number) => string,
): Generator<undefined, string> {
  let changed = ''
  for (let at = 0; at < text.length; at += PIECE) {
    changed += change(text.slice(at, at + PIECE), at)
    yield
  }
  return changed
}

/** Full-width forms of ASCII: models read １３８ as 138, so a telephone number may be written so. */
const FULL_WIDTH = /[\uFF01-\uFF5E]/
const FULL_WIDTHS = /[\uFF01-\uFF5E]/g
const toAscii = (wide: string) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)
