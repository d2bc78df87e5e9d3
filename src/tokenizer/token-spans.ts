import { BYTE_LETTERS } from './byte-letters.ts'

/** Bytes of a text in UTF-8, from `start` up to `stop`. */
export interface Span {
  readonly start: number
  readonly stop: number
}

/** How a text looks to the pieces of a vocabulary. */
interface SpellingRules {
  /** What the tokenizer makes of a stretch of text before it looks for pieces. */
  normalize(text: string): string
  /** The piece of what has no piece. */
  readonly unknown: string
  /** The spellings of a piece whose id has several, as 护士 and 護士 have one: the text is written in any of them. */
  readonly spellings?: ReadonlyMap<string, Spellings> | undefined
}

/** Texts that share an id, without `##`. */
export interface Spellings {
  readonly texts: ReadonlySet<string>
  /** How many characters they have, each length once, longest first. */
  readonly lengths: readonly number[]
}

/** One normalized character, and the bytes that it comes from. */
interface Mapped extends Span {
  readonly character: string
}

/**
 * Where pieces of WordPiece (`##s`) or Unigram (`▁the`) lie in the text that was cut into them: each covers the
 * characters that it was made of. A piece that covers nothing, as a lone `▁`, is given the next character, as Hugging
 * Face tokenizers do.
 */
export function spanPieces(text: string, pieces: readonly string[], rules: SpellingRules): Span[] {
  const mapped = mapCharacters(text, rules)
  const texts = pieces.map((piece) => Array.from(bareOf(piece)))
  let at = 0
  return pieces.map((piece, index) => {
    const written = spellingAt(mapped, at, rules.spellings?.get(piece))
    const count =
      piece === rules.unknown && written === undefined
        ? unknownLength(mapped, at, texts[index + 1])
        : Math.min(written ?? texts[index]!.length, mapped.length - at)
    const first = Math.min(at, mapped.length - 1)
    const last = Math.max(first, Math.min(at + count, mapped.length) - 1)
    at += count
    return { start: mapped[first]?.start ?? 0, stop: mapped[last]?.stop ?? 0 }
  })
}

/** Characters of the longest of the spellings that stands at `at`; undefined when none does. */
function spellingAt(
  mapped: readonly Mapped[],
  at: number,
  spellings: Spellings | undefined,
): number | undefined {
  return spellings?.lengths.find((length) => {
    const written = mapped.slice(at, at + length).map(({ character }) => character)
    return written.length === length && spellings.texts.has(written.join(''))
  })
}

/** A character with its marks; those of half-width kana are letters by themselves until NFKC joins them. */
const CLUSTER = /\P{M}[\p{M}\uff9e\uff9f]*|\p{M}+/gsu

/** Characters without white space, for no piece but `▁` has any; marks are normalized with what they stand on. */
function mapCharacters(text: string, { normalize }: SpellingRules): Mapped[] {
  const mapped: Mapped[] = []
  let offset = 0
  for (const [cluster] of text.matchAll(CLUSTER)) {
    const whole = spaceless(normalize(cluster))
    const single = Array.from(cluster, (character) => spaceless(normalize(character)))
    // One at a time where that is the same: a mark that is dropped belongs to no piece.
    const parts = single.join('') === whole ? Array.from(cluster) : [cluster]
    for (const part of parts) {
      const stop = offset + Buffer.byteLength(part)
      for (const character of spaceless(normalize(part))) mapped.push({ character, start: offset, stop })
      offset = stop
    }
  }
  return mapped
}

function spaceless(text: string): string {
  return text.replace(/[\s▁]+/gu, '')
}

function bareOf(piece: string): string {
  return piece.startsWith('##') && piece.length > 2 ? piece.slice(2) : piece.replaceAll('▁', '')
}

/** As many characters as come before the next piece, at least one; all that are left when there is none. */
function unknownLength(mapped: readonly Mapped[], at: number, next: readonly string[] | undefined): number {
  if (!next || next.length === 0) return mapped.length - at
  for (let start = at + 1; start < mapped.length; start++) {
    if (next.every((character, index) => mapped[start + index]?.character === character)) return start - at
  }
  return mapped.length - at
}

const SPACE = 0x20

/**
 * Where byte-level pieces (`Ġthe`) lie in the text that was cut into them. A piece that begins or ends within a
 * character is given all of it; a space that the tokenizer put before the text is in no span.
 *
 * @param trims whether spaces at the ends of pieces are left out, as the file's `trim_offsets` says
 */
export function spanBytes(text: string, pieces: readonly string[], trims: boolean): Span[] {
  const bytes = Buffer.from(text)
  let at = 0
  return pieces.map((piece, index) => {
    const spelled = Array.from(piece, (character) => BYTE_LETTERS.get(character))
    const length = spelled.includes(undefined) ? Buffer.byteLength(piece) : spelled.length
    const invented = index === 0 && spelled[0] === SPACE && bytes[0] !== SPACE ? 1 : 0
    let [start, stop] = [at, Math.min(bytes.length, at + length - invented)]
    at = stop
    while (trims && start < stop && bytes[start] === SPACE) start++
    while (trims && start < stop && bytes[stop - 1] === SPACE) stop--
    if (start === stop) return { start, stop }
    while (isContinuation(bytes[start])) start--
    while (isContinuation(bytes[stop])) stop++
    return { start, stop }
  })
}

/** Whether a byte of UTF-8 goes on with a character. */
function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80
}
