import { type CutRules, findSafeCut, settleCut, squeezeSpaces } from './long-text.ts'
import type { SubwordIds, Subwords } from './subwords.ts'

/** Characters to try first for each token wanted; more are taken when they were too few. */
const CHARACTERS_PER_TOKEN = 8
const GROWTH = 4
/** No more than this of a text is tokenized, or 32 characters for each token wanted where that is more. */
const READ_LIMIT = 131_072

/** A tokenizer that reads whole texts, and what decides where a text may be cut for it. */
interface WholeTextTokenizer {
  /** All ids of a text, without special tokens. */
  encode(text: string): readonly number[]
  lookUp(token: string): number | undefined
  readonly rules: CutRules
  /** Ids run from 0 to this, exclusive. */
  readonly vocabularySize: number
  readonly unknownId: number | undefined
}

/** Makes `Subwords` of a tokenizer that reads whole texts: of a long one it is given a window. */
export class WindowedSubwords implements Subwords {
  readonly vocabularySize: number
  readonly unknownId: number | undefined
  readonly #tokenizer: WholeTextTokenizer

  constructor(tokenizer: WholeTextTokenizer) {
    this.#tokenizer = tokenizer
    this.vocabularySize = tokenizer.vocabularySize
    this.unknownId = tokenizer.unknownId
  }

  lookUp(token: string): number | undefined {
    return this.#tokenizer.lookUp(token)
  }

  /**
   * Exact for every text in which a safe cut (`findSafeCut`) occurs at least every `CUT_WINDOW` characters. In
   * other texts the tokens nearest to a cut may differ from those of the whole, and beyond `READ_LIMIT`
   * characters (white space runs not counted) nothing is read: text that yields no token so far counts as cut.
   */
  take(text: string, limit: number, from: 'start' | 'end'): SubwordIds {
    const readLimit = Math.max(READ_LIMIT, 32 * limit)
    let characters = CHARACTERS_PER_TOKEN * (limit + 1)
    if (text.length <= 2 * characters) return this.#kept(this.#tokenizer.encode(text), limit, from, false)
    const readable =
      text.length > readLimit ? squeezeSpaces(text, readLimit, from, this.#tokenizer.rules) : text
    for (;;) {
      const part = from === 'start' ? this.#head(readable, characters) : this.#tail(readable, characters)
      const ids = this.#tokenizer.encode(part.text)
      if (ids.length > limit + part.margin || part.text.length === readable.length) {
        const unread = readable.length < text.length && part.text.length === readable.length
        return this.#kept(
          ids,
          limit,
          from,
          part.text.length < readable.length || (unread && text.trim() !== ''),
        )
      }
      characters *= GROWTH
    }
  }

  #head(text: string, characters: number): { text: string; margin: number } {
    if (characters >= text.length) return { text, margin: 0 }
    const cut = findSafeCut(text, characters, 1, this.#tokenizer.rules) ?? settleCut(text, characters)
    return { text: text.slice(0, cut), margin: 0 }
  }

  /** What a tokenizer does to the start of a text (a prefix space, say) must not reach the kept tokens: `margin`. */
  #tail(text: string, characters: number): { text: string; margin: number } {
    const start = text.length - characters
    if (start <= 0) return { text, margin: 0 }
    const cut = findSafeCut(text, start, -1, this.#tokenizer.rules) ?? settleCut(text, start)
    const firstWordEnd = findSafeCut(text, cut + 1, 1, this.#tokenizer.rules) ?? cut + 64
    return { text: text.slice(cut), margin: 4 * (firstWordEnd - cut) + 4 }
  }

  #kept(ids: readonly number[], limit: number, from: 'start' | 'end', partial: boolean): SubwordIds {
    if (ids.length <= limit) return { ids, more: partial }
    return { ids: from === 'start' ? ids.slice(0, limit) : ids.slice(ids.length - limit), more: true }
  }
}
