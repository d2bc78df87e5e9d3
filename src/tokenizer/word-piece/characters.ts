/** What BERT's normalizer and pre-tokenizer do with a character. */
export const KIND = {
  /** Not looked at yet. */
  unknown: 0,
  /** Part of a word, as one UTF-16 unit (see `folds`). */
  letter: 1,
  /** Separates words and vanishes. */
  space: 2,
  /** A word of its own: punctuation, or a Chinese character. Always one character; see `folds`. */
  alone: 3,
  /** Vanishes: control characters, zero-width ones, accents where these are stripped, halves of a pair. */
  nothing: 4,
  /** Part of a word, as the text in `expansions`. */
  expands: 5,
  /** A word of its own beyond 16 bits, as the text in `expansions`. */
  aloneExpands: 6,
  /** A spacing mark that canonical ordering may swap with its neighbours; normalize them together. */
  reorders: 7,
  /** Half of a surrogate pair: look at the whole pair. */
  surrogate: 8,
} as const

/** The settings of a tokenizer.json's BertNormalizer that vary; `clean_text` is taken as on. */
interface BertNormalization {
  readonly chinese: boolean
  readonly lowercase: boolean
  readonly stripAccents: boolean
}

const VANISHING = /^[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]$/u
const WHITE_SPACE = /^\s$/
const PUNCTUATION = /^\p{P}$/u
const CODE_POINTS = 0x110000
/** A mark that canonical ordering moves to the end of any run: U+0345 has the highest class of all. */
const LAST_MARK = '\u0345'
const REORDERED_SPACING = /\p{Mc}/u

/** The Chinese characters that BERT splits one by one: CJK ideographs, their extensions A to E, compatibility forms. */
function isChinese(codePoint: number): boolean {
  return (
    (codePoint >= 0x4e00 && codePoint <= 0x9fff) ||
    (codePoint >= 0x3400 && codePoint <= 0x4dbf) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0x20000 && codePoint <= 0x2a6df) ||
    (codePoint >= 0x2a700 && codePoint <= 0x2ceaf) ||
    (codePoint >= 0x2f800 && codePoint <= 0x2fa1f)
  )
}

function isAsciiPunctuation(unit: number): boolean {
  return (
    (unit >= 0x21 && unit <= 0x2f) ||
    (unit >= 0x3a && unit <= 0x40) ||
    (unit >= 0x5b && unit <= 0x60) ||
    (unit >= 0x7b && unit <= 0x7e)
  )
}

/**
 * BERT's text normalization, one character at a time: its kind, and what it turns into. It equals normalizing
 * the whole text, because neither folding nor decomposition depends on neighbours but for canonical ordering.
 * Two things differ from `@huggingface/tokenizers` on purpose: a capital sigma becomes σ at the end of a word
 * too, and Chinese characters beyond 16 bits are split. So does the reference implementation in Rust, but for the 256
 * rare characters from U+2B820 to U+2B91F, which only it does not split.
 */
export class BertCharacters {
  /** By code point, one of `KIND`; ask `classify` where it is unknown. */
  readonly kinds = new Uint8Array(CODE_POINTS)
  /** By UTF-16 unit: the one unit that it turns into. */
  readonly folds = new Uint16Array(0x10000)
  readonly expansions = new Map<number, string>()
  readonly #settings: BertNormalization

  constructor(settings: BertNormalization) {
    this.#settings = settings
    this.kinds.fill(KIND.surrogate, 0xd800, 0xe000)
    for (let unit = 0; unit < 0x80; unit++) {
      const upper = settings.lowercase && unit >= 0x41 && unit <= 0x5a
      this.folds[unit] = upper ? unit + 32 : unit
      this.kinds[unit] = KIND.letter
      if (isAsciiPunctuation(unit)) this.kinds[unit] = KIND.alone
      if (unit < 0x20 || unit === 0x7f) this.kinds[unit] = KIND.nothing
    }
    for (const space of [0x20, 0x09, 0x0a, 0x0d]) this.kinds[space] = KIND.space
  }

  /** What characters turn into; '' when they vanish. */
  normalize(text: string): string {
    const { lowercase, stripAccents } = this.#settings
    // Before lowercasing: it would make ς of a last Σ, and a ς that the text has must stay one.
    const folded = lowercase ? text.replaceAll('Σ', 'σ').toLowerCase() : text
    return stripAccents ? folded.normalize('NFD').replace(/\p{Mn}/gu, '') : folded
  }

  /** A text as the whole normalizer leaves it: control characters gone, white space plain, the rest normalized. */
  clean(text: string): string {
    let kept = ''
    for (const character of text) {
      const kind = this.classify(character.codePointAt(0)!)
      if (kind !== KIND.nothing && kind !== KIND.surrogate) kept += kind === KIND.space ? ' ' : character
    }
    return this.normalize(kept)
  }

  /** The kind of a code point, found out on first sight and remembered. */
  classify(codePoint: number): number {
    const known = this.kinds[codePoint]!
    if (known !== KIND.unknown) return known
    const kind = this.#examine(codePoint)
    this.kinds[codePoint] = kind
    return kind
  }

  #examine(codePoint: number): number {
    const { chinese, stripAccents } = this.#settings
    if (chinese && codePoint >= 0x4e00 && codePoint <= 0x9fff) {
      this.folds[codePoint] = codePoint
      return KIND.alone
    }
    const character = String.fromCodePoint(codePoint)
    if (VANISHING.test(character)) return KIND.nothing
    if (WHITE_SPACE.test(character)) return KIND.space
    if (stripAccents && reorders(character)) return KIND.reorders
    const normalized = this.normalize(character)
    if (normalized === '') return KIND.nothing
    const alone = (chinese && isChinese(codePoint)) || PUNCTUATION.test(normalized) || isAscii(normalized)
    if (codePoint > 0xffff || normalized.length > 1) {
      this.expansions.set(codePoint, normalized)
      return alone ? KIND.aloneExpands : KIND.expands
    }
    this.folds[codePoint] = normalized.charCodeAt(0)
    return alone ? KIND.alone : KIND.letter
  }
}

/** Whether a character turned into ASCII punctuation, as ≠ does once it lost its stroke. */
function isAscii(normalized: string): boolean {
  return normalized.length === 1 && isAsciiPunctuation(normalized.charCodeAt(0))
}

function reorders(character: string): boolean {
  const decomposed = character.normalize('NFD')
  if (!REORDERED_SPACING.test(decomposed)) return false
  return Array.from(decomposed).some(
    (mark) => REORDERED_SPACING.test(mark) && (LAST_MARK + mark).normalize('NFD') !== LAST_MARK + mark,
  )
}
