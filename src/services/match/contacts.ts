/** A part of a text that tells who somebody is or how to reach them. */
type Blank = (text: string) => string

const spaces = (found: string) => ' '.repeat(found.length)

/** Letters, digits and signs of the part before the `@`; 64 characters by RFC 5321, and some room for what breaks it. */
const LOCAL = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u
const MOST_LOCAL = 128
const DOMAIN = /@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/uy

/**
 * E-mail addresses, looked for around each `@`. A pattern for the whole address tries again from every letter of a long
 * word: 100,000 letters took 16 s.
 */
const blankMails: Blank = (text) => {
  let done = ''
  let end = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    DOMAIN.lastIndex = at
    const domain = DOMAIN.exec(text)
    if (!domain) continue
    let start = at
    while (start > end && at - start < MOST_LOCAL && LOCAL.test(text[start - 1]!)) start--
    if (start === at) continue
    done += text.slice(end, start) + ' '.repeat(at - start + domain[0].length)
    end = at + domain[0].length
  }
  return done + text.slice(end)
}

const LINK = /\b(?:https?:\/\/|www\.|linkedin\.com\/|github\.com\/)[^\s<>"'，。；、（）]+/giu
const blankLinks: Blank = (text) => text.replace(LINK, spaces)

/** Runs of 8 to 15 digits with the usual separators, mobile numbers of China among them; salaries are shorter. */
const PHONE = /(?<![A-Za-z\d])\+?\(?\d(?:[\s().\-/]{0,2}\d){7,14}(?!\d)/g
/** 2015-2019, 2015/01/31 and 31.12.2015 have as many digits as a telephone number. */
const DATE =
  /^(?:19|20)\d\d(?:\s?[-–/]\s?(?:19|20)\d\d|[-/.]\d{1,2}[-/.]\d{1,2})$|^\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d$/
const blankPhones: Blank = (text) =>
  text.replace(PHONE, (found) => (DATE.test(found) ? found : spaces(found)))

/** China's identity numbers: place, day of birth, order, and a check digit by ISO 7064 MOD 11-2 (GB 11643). */
const IDENTITY =
  /(?<![\dA-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])/g
const IDENTITY_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const IDENTITY_CHECKS = '10X98765432'
const blankIdentities: Blank = (text) =>
  text.replace(IDENTITY, (found) => {
    const sum = IDENTITY_WEIGHTS.reduce((total, weight, index) => total + weight * Number(found[index]), 0)
    return IDENTITY_CHECKS[sum % 11] === found[17]!.toUpperCase() ? spaces(found) : found
  })

/** Names of accounts and passports, told by the word before them; the word stays. White space is bounded for speed. */
const NAMED = [
  // Without a colon only names that no word or product has: with an underscore, or two digits in a row.
  /((?:微信|薇信|\bwe-?chat|\bvx)[ \t]{1,3})(?=[A-Za-z\d-]{0,18}(?:_|\d\d))([A-Za-z][\w-]{5,19})(?![\w-])/giu,
  /((?:微信|薇信|\bwe-?chat|\bweixin|\bwx|\bvx)[ \t]{0,3}(?:号码?|id)?[ \t]{0,3}[:：][ \t]{0,3})([A-Za-z][\w-]{5,19})/giu,
  /((?:微信|薇信)号码?[ \t]{0,3}(?:是|为)?[ \t]{0,3})([A-Za-z][\w-]{5,19})/giu,
  /((?:\bqq|企鹅)[ \t]{0,3}(?:号码?|群)?[ \t]{0,3}[:：]?[ \t]{0,3})([1-9]\d{4,11})(?!\d)/giu,
  /((?:护照|\bpassport)[ \t]{0,3}(?:号码?|no\.?|number|#)?[ \t]{0,3}[:：]?[ \t]{0,3})([A-Z]{1,2}\d{7,8})(?![\dA-Za-z])/giu,
]
const blankNamed: Blank = (text) =>
  NAMED.reduce(
    (rest, pattern) => rest.replace(pattern, (_, word: string, name: string) => word + spaces(name)),
    text,
  )

const KINDS = [blankMails, blankLinks, blankNamed, blankIdentities, blankPhones]

/**
 * E-mail addresses, links, telephone numbers, identity and passport numbers of China, and accounts of WeChat and QQ as
 * spaces, so that every other character keeps its offset. Takes time in proportion to the text.
 */
export function blankContacts(text: string): string {
  const plain = text.replace(FULL_WIDTH, toAscii)
  const blanked = KINDS.reduce((rest, blank) => blank(rest), plain)
  if (plain === text || blanked === plain) return plain === text ? blanked : text
  let kept = ''
  for (let at = 0; at < text.length; at++) kept += blanked[at] === plain[at] ? text[at] : ' '
  return kept
}

/** Full-width forms of ASCII: models read １３８ as 138, so a telephone number may be written so. */
const FULL_WIDTH = /[\uFF01-\uFF5E]/g
const toAscii = (wide: string) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)
