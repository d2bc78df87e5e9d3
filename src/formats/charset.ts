import { isUtf8 } from 'node:buffer'
import { AppError, invalid } from '../errors.ts'
import { COMMON_HAN } from './common-han.ts'
import type { Sample } from './sample.ts'
import { transcode } from './transcode.ts'

/**
 * The encoding of a text, as `TextDecoder` names it: that of the setting, that of a byte order mark, UTF-8 where most
 * lines that tell are such, or GB18030 where the text is Chinese in it. Others cannot be told apart.
 *
 * @param given the setting
 * @throws AppError `invalid_request` that names the setting charset, where it would be a guess
 */
export function decideCharset(sample: Sample, given: string | undefined): string {
  const marked = markOf(sample.bytes)
  if (given !== undefined) {
    return decideGiven(nameOf(given), marked, sample.bytes)
  }
  if (marked) return marked
  refuseNul(sample.bytes)
  refuseShifts(sample.bytes)
  const lines = countLines(sample)
  if (lines.bad === 0 || (lines.good > 0 && lines.good >= lines.bad)) return 'utf-8'
  if (isChinese(sample.bytes.subarray(0, lines.end))) return 'gb18030'
  if (isDamaged(lines)) return 'utf-8'
  throw unknown(sample.skipped.lines + lines.firstBad)
}

/** The encoding of the setting, unless the bytes say that it cannot be. */
function decideGiven(name: string, marked: string | undefined, bytes: Uint8Array): string {
  // The label utf-16 means either order.
  if (marked === 'utf-16be' && name === 'utf-16le') return marked
  const { even, odd } = countNuls(bytes)
  // Line ends have a NUL in UTF-16, in its first half where the larger byte comes first.
  const order = even > odd ? 'utf-16be' : 'utf-16le'
  const isUtf16 = name.startsWith('utf-16')
  const seen = marked ?? (isUtf16 && even + odd === 0 ? 'no UTF-16' : isUtf16 && even !== odd ? order : name)
  if (seen === name) return name
  const what = marked ? `begins with the byte order mark of ${marked}` : `is ${seen}`
  throw invalid(
    'charset',
    `The setting charset is ${name}, but the file ${what}; correct or remove the setting.`,
  )
}

/** Bytes in an encoding as UTF-8. */
export async function decodeBytes(bytes: Uint8Array, charset: string): Promise<Uint8Array> {
  if (charset === 'utf-8') return bytes
  const chunks: Uint8Array[] = []
  for await (const chunk of transcode(once(bytes), charset)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes
}

function nameOf(label: string): string {
  const refused = (what: string, cause?: unknown) =>
    new AppError(
      'invalid_request',
      `The setting charset is ${JSON.stringify(label.slice(0, 40))}, ${what}; expected one such as utf-8, gb18030, big5, utf-16le or windows-1252.`,
      { details: { field: 'charset' }, cause },
    )
  let name: string
  try {
    name = new TextDecoder(label).encoding
  } catch (cause) {
    throw refused('which is no known encoding', cause)
  }
  if (name === 'iso-2022-jp') throw refused('which cannot be read in pieces; write the file as UTF-8')
  return name
}

function markOf(bytes: Uint8Array): string | undefined {
  const [first, second, third, fourth] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  const isUtf32 =
    (first === 0xff && second === 0xfe && third === 0 && fourth === 0 && bytes.length % 4 === 0) ||
    (first === 0 && second === 0 && third === 0xfe && fourth === 0xff)
  if (isUtf32) {
    throw invalid('charset', 'The file is in UTF-32; expected UTF-8; save it in that encoding.')
  }
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined
}

/** So many NUL bytes, and such a share of them in one half, are those of Latin letters and line ends. */
const FEWEST_NULS = 4
const UTF16_SHARE = 0.9

/** UTF-16 without its mark has a NUL in each Latin character, always in the same half; other texts have none at all. */
function refuseNul(bytes: Uint8Array): void {
  const { even, odd } = countNuls(bytes)
  if (even + odd === 0) return
  const isUtf16 = even + odd >= FEWEST_NULS && Math.max(even, odd) >= (even + odd) * UTF16_SHARE
  throw new AppError(
    'invalid_request',
    isUtf16
      ? `The file looks like UTF-16 without a byte order mark; name its encoding in the setting charset ("${even > odd ? 'utf-16be' : 'utf-16le'}"), or save it as UTF-8.`
      : `The file has a NUL byte at offset ${bytes.indexOf(0)}; expected text; send a text file, or remove the byte.`,
    { details: { field: isUtf16 ? 'charset' : 'format' } },
  )
}

/** How ISO-2022 of Japan, Korea and China changes to its other characters; all of its bytes are ASCII ones. */
const SHIFTS = ['\u001b$B', '\u001b$@', '\u001b$)A', '\u001b$)C', '\u001b$(D']

function refuseShifts(bytes: Uint8Array): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (!SHIFTS.some((shift) => text.includes(shift))) return
  throw invalid(
    'charset',
    'The file is in an encoding of ISO-2022; expected UTF-8; save it in that encoding.',
  )
}

function countNuls(bytes: Uint8Array): { readonly even: number; readonly odd: number } {
  const counts: [number, number] = [0, 0]
  bytes.forEach((byte, at) => {
    if (byte === 0) counts[at % 2 === 0 ? 0 : 1]++
  })
  return { even: counts[0], odd: counts[1] }
}

interface Lines {
  readonly all: number
  /** Lines with more than ASCII that are UTF-8, and lines that are not. */
  readonly good: number
  readonly bad: number
  /** Line number of the first bad one. */
  readonly firstBad: number
  /** Bytes above 127 in bad lines, and those beside a Latin letter, as in words and quotes of Western languages. */
  readonly high: number
  readonly western: number
  /** Where the last whole line ends. */
  readonly end: number
}

function countLines({ bytes, whole }: Sample): Lines {
  const lines = { all: 0, good: 0, bad: 0, firstBad: 0, high: 0, western: 0, end: 0 }
  const count = (start: number, end: number) => {
    lines.all++
    lines.end = end
    const line = bytes.subarray(start, end)
    if (line.every((byte) => byte < 128)) return
    if (isUtf8(line) || (end === bytes.length && !whole && isCutUtf8(line))) lines.good++
    else {
      lines.bad++
      lines.firstBad ||= lines.all
      line.forEach((byte, at) => {
        if (byte < 128) return
        lines.high++
        if (isLetter(line[at - 1]) || isLetter(line[at + 1])) lines.western++
      })
    }
  }
  let start = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte !== 10 && (byte !== 13 || bytes[at + 1] === 10)) continue
    count(start, at + 1)
    start = at + 1
  }
  if (start < bytes.length && (whole || start === 0)) count(start, bytes.length)
  return lines
}

/** Whether a line is UTF-8 but for a character of which the end is missing. */
function isCutUtf8(line: Uint8Array): boolean {
  return [1, 2, 3].some((missing) => isUtf8(line.subarray(0, line.length - missing)))
}

function isLetter(byte = 0): boolean {
  return (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
}

/** So many of the letters must be common ones; of the same bytes in Korean, one in three is. */
const COMMON_SHARE = 0.5
const FEW_LETTERS = 4

/** Whether bytes are Chinese in GB18030: all of them can be read, and as characters that people write. */
function isChinese(bytes: Uint8Array): boolean {
  let text: string
  try {
    // What is left at the end may be half of a character.
    text = new TextDecoder('gb18030', { fatal: true }).decode(bytes, { stream: true })
  } catch {
    return false
  }
  const letters = text.match(/[^\p{ASCII}\P{L}]/gu) ?? []
  const common = letters.filter((letter) => COMMON_HAN.has(letter)).length
  return letters.length < FEW_LETTERS
    ? common > 0 && common === letters.length
    : common >= letters.length * COMMON_SHARE
}

/** Up to this share of the lines may be damaged, whatever the damage looks like. */
const DAMAGED_SHARE = 0.01

/** Whether the bad lines are damage in a text of ASCII rather than words in another encoding. */
function isDamaged({ all, good, bad, high, western }: Lines): boolean {
  if (bad <= all * DAMAGED_SHARE) return true
  return good === 0 && bad * 2 < all && western * 2 < high
}

function unknown(line: number): AppError {
  return new AppError(
    'invalid_request',
    `The encoding of the file cannot be told: line ${line} is not UTF-8, nor common Chinese in GB18030; name it in the setting charset, such as windows-1252 (Western Europe), gb18030, big5 (traditional Chinese), shift_jis or euc-kr, or save the file as UTF-8.`,
    { details: { field: 'charset', line } },
  )
}
