import type { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers'
import { type CutRules, cutRules, findSafeCut, settleCut, squeezeSpaces } from './long-text.ts'
import type { SubwordIds, Subwords } from './subwords.ts'
import { type TokenizerFile, unusableTokenizer } from './tokenizer-file.ts'

/** Characters to try first for each token wanted; more are taken when they were too few. */
const CHARACTERS_PER_TOKEN = 8
const GROWTH = 4
/** No more than this of a text is tokenized, or 32 characters for each token wanted where that is more. */
const READ_LIMIT = 262_144

/** Any tokenizer that `@huggingface/tokenizers` understands. */
class LibrarySubwords implements Subwords {
  readonly vocabularySize: number
  readonly #library: LibraryTokenizer
  readonly #rules: CutRules
  readonly #unknownId: number | undefined

  constructor(
    library: LibraryTokenizer,
    rules: CutRules,
    vocabularySize: number,
    unknownId: number | undefined,
  ) {
    this.#library = library
    this.#rules = rules
    this.vocabularySize = vocabularySize
    this.#unknownId = unknownId
  }

  lookUp(token: string): number | undefined {
    return this.#library.token_to_id(token)
  }

  /**
   * Exact for every text in which a safe cut (`findSafeCut`) occurs at least every `CUT_WINDOW` characters. In
   * other texts the tokens nearest to a cut may differ from those of the whole, and beyond `READ_LIMIT`
   * characters (white space runs not counted) nothing is read: text that yields no token so far counts as cut.
   */
  take(text: string, limit: number, from: 'start' | 'end'): SubwordIds {
    const readLimit = Math.max(READ_LIMIT, 32 * limit)
    let characters = CHARACTERS_PER_TOKEN * (limit + 1)
    if (text.length <= 2 * characters) return this.#kept(this.#tokenize(text), limit, from, false)
    const readable = text.length > readLimit ? squeezeSpaces(text, readLimit, from, this.#rules) : text
    for (;;) {
      const part = from === 'start' ? this.#head(readable, characters) : this.#tail(readable, characters)
      const ids = this.#tokenize(part.text)
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
    const cut = findSafeCut(text, characters, 1, this.#rules) ?? settleCut(text, characters)
    return { text: text.slice(0, cut), margin: 0 }
  }

  /** What a tokenizer does to the start of a text (a prefix space, say) must not reach the kept tokens: `margin`. */
  #tail(text: string, characters: number): { text: string; margin: number } {
    const start = text.length - characters
    if (start <= 0) return { text, margin: 0 }
    const cut = findSafeCut(text, start, -1, this.#rules) ?? settleCut(text, start)
    const firstWordEnd = findSafeCut(text, cut + 1, 1, this.#rules) ?? cut + 64
    return { text: text.slice(cut), margin: 4 * (firstWordEnd - cut) + 4 }
  }

  #tokenize(text: string): number[] {
    const { ids } = this.#library.encode(text, { add_special_tokens: false })
    return this.#unknownId === undefined ? ids : ids.filter((id) => id !== this.#unknownId)
  }

  #kept(ids: readonly number[], limit: number, from: 'start' | 'end', partial: boolean): SubwordIds {
    if (ids.length <= limit) return { ids, more: partial }
    return { ids: from === 'start' ? ids.slice(0, limit) : ids.slice(ids.length - limit), more: true }
  }
}

/**
 * Builds the tokenizer with the library, which is imported by the first call. With `dropUnknown` unknown tokens
 * are left out. Throws `artifact_corrupt` for components that the library does not know.
 */
export async function loadLibrarySubwords(file: TokenizerFile, dropUnknown: boolean): Promise<Subwords> {
  const { Tokenizer } = await import('@huggingface/tokenizers')
  let library: LibraryTokenizer
  try {
    library = new Tokenizer({ decoder: null, ...file }, {})
  } catch (error) {
    throw unusableTokenizer('components that are supported', String(error), error)
  }
  const { model } = library
  const pieces = () => model?.vocab ?? []
  const unknownId = dropUnknown ? model?.unk_token_id : undefined
  return new LibrarySubwords(library, cutRules(file, pieces), pieces().length, unknownId)
}
