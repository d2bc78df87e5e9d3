import type { TokenizerFile } from '../file/tokenizer-file.ts'

/** What decides where a text may be cut without changing the tokens on either side. */
export interface CutRules {
  /** Contents of the added tokens: never cut in, beside or between them. */
  readonly literals: readonly string[]
  /** Whether the tokenizer splits the text into words at spaces before its model sees it. */
  readonly splitsWords: boolean
  /** Whether it splits letters from the punctuation after them, too. */
  readonly splitsPunctuation: boolean
  /** Whether runs of white space count as one. */
  readonly ignoresSpaceRuns: boolean
  /** Whether a piece of the vocabulary contains this text; undefined when pieces are not text. */
  readonly joins: ((pair: string) => boolean) | undefined
}

/** A safe cut is looked for this far (UTF-16 units); where there is none, the text is cut regardless. */
const CUT_WINDOW = 4096

const SPACE_RUN = /[ \t\n\r\u3000]{2,}/g
const WORD_END = /[\p{L}\p{N}\p{M}]$/u
const WORD_START = /^[\p{L}\p{N}]/u
/** Punctuation that no contraction pattern ('s, n't) looks at. */
const CUT_PUNCTUATION = /^[\u3001\u3002\uff0c\uff01\uff1f\uff1a\uff1b,.!?;:]$/
/** Characters that normalization leaves alone and that compose with nothing before them. */
const INERT = /^[\u3001\u3002\u4e00-\u9fff]$/

/** Reads from a tokenizer.json what its cut rules are. `pieces` lists the vocabulary, once, when it is needed. */
export function cutRules(file: TokenizerFile, pieces: () => readonly string[]): CutRules {
  const types = new Set(JSON.stringify(file.pre_tokenizer)?.match(/(?<="type":")\w+/g) ?? [])
  const bytes = types.has('ByteLevel')
  let joined: string | undefined
  const joins = (pair: string) => {
    joined ??= pieces().join('\n')
    return joined.includes(pair)
  }
  return {
    literals: file.added_tokens.map((token) => token.content),
    splitsWords: ['WhitespaceSplit', 'Whitespace', 'BertPreTokenizer', 'ByteLevel'].some((type) =>
      types.has(type),
    ),
    splitsPunctuation: bytes || types.has('BertPreTokenizer'),
    ignoresSpaceRuns: ['WhitespaceSplit', 'BertPreTokenizer'].some((type) => types.has(type)),
    joins: bytes || file.model.type === 'WordPiece' ? undefined : joins,
  }
}

/** Shortens runs of white space where they count as one. Reads the text up to `limit` characters of outcome. */
export function squeezeSpaces(text: string, limit: number, from: 'start' | 'end', rules: CutRules): string {
  if (!rules.ignoresSpaceRuns) return from === 'start' ? text.slice(0, limit) : text.slice(-limit)
  return from === 'start' ? squeezeHead(text, limit) : squeezeTail(text, limit)
}

function squeezeHead(text: string, limit: number): string {
  let kept = ''
  let start = 0
  while (kept.length < limit && start < text.length) {
    const end = Math.min(text.length, start + limit)
    kept = `${kept}${text.slice(start, end)}`.replace(SPACE_RUN, ' ')
    start = end
  }
  return kept
}

function squeezeTail(text: string, limit: number): string {
  let kept = ''
  let end = text.length
  while (kept.length < limit && end > 0) {
    const start = Math.max(0, end - limit)
    kept = `${text.slice(start, end)}${kept}`.replace(SPACE_RUN, ' ')
    end = start
  }
  return kept
}

function touchesLiteral(text: string, index: number, literals: readonly string[]): boolean {
  for (const literal of literals) {
    for (let start = index - literal.length; start <= index + 1; start++) {
      if (start >= 0 && text.startsWith(literal, start)) return true
    }
  }
  return false
}

function isSafeCut(text: string, index: number, rules: CutRules): boolean {
  const before = text.slice(Math.max(0, index - 2), index)
  const at = text.charAt(index)
  const after = text.slice(index + 1, index + 3)
  const betweenWords = at === ' ' && WORD_END.test(before) && WORD_START.test(after)
  if (betweenWords && (rules.splitsWords || rules.joins?.(`${before.slice(-1)}\u2581`) === false)) return true
  if (rules.splitsPunctuation && CUT_PUNCTUATION.test(at) && /\p{L}$/u.test(before)) return true
  const last = before.slice(-1)
  const inert = INERT.test(last) && INERT.test(at) && !/^\p{M}/u.test(after)
  return inert && rules.joins?.(last + at) === false
}

/**
 * The safe cut nearest to `index`, looking forward (`step` 1) or back (-1): an index such that tokenizing both
 * sides alone gives the tokens of the whole. Between two words at their one space; before punctuation after a
 * letter, where the tokenizer splits there; between two Chinese characters that no piece of the vocabulary joins.
 * Undefined when there is none within `CUT_WINDOW`.
 */
export function findSafeCut(text: string, index: number, step: 1 | -1, rules: CutRules): number | undefined {
  for (let offset = 0; offset < CUT_WINDOW; offset++) {
    const candidate = index + offset * step
    if (candidate <= 0 || candidate >= text.length) return undefined
    if (isSafeCut(text, candidate, rules) && !touchesLiteral(text, candidate, rules.literals))
      return candidate
  }
  return undefined
}

/** `index`, moved out of a surrogate pair or a run of combining marks (a short one) towards the start. */
export function settleCut(text: string, index: number): number {
  let settled = index
  for (let tries = 0; tries < 32 && settled > 0; tries++) {
    const pair = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(settled - 1, settled + 1))
    if (!pair && !/^\p{M}/u.test(text.slice(settled, settled + 2))) return settled
    settled--
  }
  return index
}
