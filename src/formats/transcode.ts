import type { Chunks } from './byte-source.ts'

interface Decoder {
  decode(bytes: Uint8Array): string
}

/** What no character is encoded as: it stands where bytes could not be read, so that their row is no UTF-8. */
const UNREADABLE = Buffer.from([0xff])
const REPLACEMENT = '\uFFFD'
/** Bytes below are characters of their own in every encoding but UTF-16, never the end of a longer one. */
const FIRST_TRAIL = 0x30
/** A text without any such byte is cut somewhere after so many. */
const MOST_HELD_BYTES = 1024 * 1024

/**
 * A text in another encoding as UTF-8, chunk by chunk. Bytes that are no text in that encoding become one that is none
 * in UTF-8; U+FFFD that is written in the text stays.
 *
 * @param charset as `TextDecoder` names it; not `iso-2022-jp`, whose bytes depend on what came before
 */
export function transcode(chunks: Chunks, charset: string): AsyncGenerator<Uint8Array, void> {
  return charset.startsWith('utf-16') ? fromUtf16(chunks, charset === 'utf-16be') : fromBytes(chunks, charset)
}

/** Characters of windows-1252 for the bytes 0x80 to 0x9F, which Node 20 reads as those of Latin-1. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

function lenientDecoder(charset: string): Decoder {
  const decoder = new TextDecoder(charset)
  if (charset !== 'windows-1252') return decoder
  return {
    decode: (bytes) =>
      decoder.decode(bytes).replace(/[\u0080-\u009f]/g, (one) => WINDOWS_1252[one.charCodeAt(0) - 0x80]!),
  }
}

async function* fromBytes(chunks: Chunks, charset: string): AsyncGenerator<Uint8Array, void> {
  const lenient = lenientDecoder(charset)
  const strict = new TextDecoder(charset, { fatal: true })
  const decode = (bytes: Uint8Array): Uint8Array => {
    const text = lenient.decode(bytes)
    // Of a chunk with such a character each line is looked at: only in some was it written.
    if (!text.includes(REPLACEMENT)) return Buffer.from(text)
    return Buffer.concat(linesOf(bytes).map((line) => decodeLine(line, lenient, strict)))
  }
  let held: Uint8Array = new Uint8Array()
  for await (const chunk of chunks) {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const end = bytes.length > MOST_HELD_BYTES ? bytes.length : endOfWhole(bytes)
    held = bytes.slice(end)
    if (end > 0) yield decode(bytes.subarray(0, end))
  }
  if (held.length > 0) yield decode(held)
}

/** Up to where a text is surely made of whole characters. */
function endOfWhole(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1]! >= FIRST_TRAIL) end--
  return end
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  let start = 0
  bytes.forEach((byte, at) => {
    if (byte !== 10 && byte !== 13) return
    lines.push(bytes.subarray(start, at + 1))
    start = at + 1
  })
  lines.push(bytes.subarray(start))
  return lines
}

function decodeLine(line: Uint8Array, lenient: Decoder, strict: Decoder): Uint8Array {
  try {
    return Buffer.from(strict.decode(line))
  } catch {
    return mark(lenient.decode(line), REPLACEMENT)
  }
}

/** A text with a mark in the place of each of its parts that cannot be written. */
function mark(text: string, part: string | RegExp): Uint8Array {
  return Buffer.concat(
    text.split(part).flatMap((piece, index) => [...(index > 0 ? [UNREADABLE] : []), Buffer.from(piece)]),
  )
}

const LONE_SURROGATE = /\p{Surrogate}/u

async function* fromUtf16(chunks: Chunks, bigEndian: boolean): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array = new Uint8Array()
  const decode = (bytes: Uint8Array): Uint8Array => {
    const units = Buffer.from(bytes)
    const text = (bigEndian ? units.swap16() : units).toString('utf16le')
    return LONE_SURROGATE.test(text) ? mark(text, LONE_SURROGATE) : Buffer.from(text)
  }
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([held, chunk])
    const end = endOfUnits(bytes, bigEndian)
    held = bytes.subarray(end)
    if (end > 0) yield decode(bytes.subarray(0, end))
  }
  const whole = held.length - (held.length % 2)
  if (whole > 0) yield decode(held.subarray(0, whole))
  if (whole < held.length) yield UNREADABLE
}

/** Whole units of 16 bits, without the first half of a pair at the end. */
function endOfUnits(bytes: Uint8Array, bigEndian: boolean): number {
  const end = bytes.length - (bytes.length % 2)
  const high = bytes[bigEndian ? end - 2 : end - 1] ?? 0
  return high >= 0xd8 && high <= 0xdb ? end - 2 : end
}
