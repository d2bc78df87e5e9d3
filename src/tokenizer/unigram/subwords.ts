import { AddedTokens, type TextSteps } from '../file/added-tokens.ts'
import { loadTextSteps } from '../window/library-subwords.ts'
import { cutRules } from '../window/long-text.ts'
import type { Subwords } from '../window/subwords.ts'
import { WindowedSubwords } from '../window/windowed-subwords.ts'
import type { FlatUnigram } from './file.ts'
import { UnigramLattice } from './lattice.ts'
import { findPiece } from './trie.ts'

/**
 * Text to ids with a flat Unigram tokenizer: the ids of `@huggingface/tokenizers` 0.2.0, which normalizes the text
 * and splits it into words here, too. Like the library it ignores `byte_fallback` and always fuses unknown
 * characters next to each other, even across words.
 */
class UnigramEncoder {
  readonly #flat: FlatUnigram
  readonly #added: AddedTokens
  readonly #lattice: UnigramLattice
  /** Pieces whose text is an added token's normalized content: they become that token. */
  readonly #renamed = new Map<number, number>()
  /** UTF-16 units of the longest text that has an id. */
  readonly #longest: number

  constructor(flat: FlatUnigram, steps: TextSteps) {
    this.#flat = flat
    this.#added = new AddedTokens(flat.outline.added_tokens, steps, flat.outline.normalizer !== null)
    this.#lattice = new UnigramLattice(flat)
    let longest = flat.longest
    for (const [text, id] of this.#added.ids) {
      longest = Math.max(longest, text.length)
      const piece = findPiece(flat.trie, text)
      if (piece >= 0 && piece !== id) this.#renamed.set(piece, id)
    }
    this.#longest = longest
  }

  lookUp(token: string): number | undefined {
    const added = this.#added.contents.get(token)
    if (added !== undefined) return added
    const piece = findPiece(this.#flat.trie, token)
    return piece < 0 ? undefined : piece
  }

  encode(text: string): number[] {
    const ids: number[] = []
    for (const section of this.#added.sections(text)) {
      if (typeof section === 'number') ids.push(section)
      else this.#encodeWords(section, ids)
    }
    return ids
  }

  #encodeWords(words: readonly string[], ids: number[]): void {
    const { unknownId } = this.#flat
    let unknown = ''
    const flush = () => {
      if (unknown !== '') ids.push(this.#added.ids.get(unknown) ?? this.lookUp(unknown) ?? unknownId)
      unknown = ''
    }
    for (const word of words) {
      this.#lattice.segment(word, (start, end, piece) => {
        const id = piece < 0 ? (this.#added.contents.get(word.slice(start, end)) ?? unknownId) : piece
        if (id === unknownId) {
          unknown = this.#fuse(unknown, word.slice(start, end))
          return
        }
        flush()
        ids.push(this.#renamed.get(id) ?? id)
      })
    }
    flush()
  }

  /** Joins unknown characters: the outcome may be a text with an id. Past the longest of these it is cut. */
  #fuse(unknown: string, next: string): string {
    if (unknown.length > this.#longest) return unknown
    return unknown !== '' && this.lookUp(unknown) === this.#flat.unknownId ? unknown : unknown + next
  }
}

/**
 * A flat Unigram tokenizer as `Subwords`. With `dropUnknown` unknown tokens are left out. The library that
 * normalizes and splits texts is imported by the first call.
 *
 * @throws AppError `artifact_corrupt` for a normalizer or pre-tokenizer that the library does not know
 */
export async function loadUnigramSubwords(flat: FlatUnigram, dropUnknown: boolean): Promise<Subwords> {
  const encoder = new UnigramEncoder(flat, await loadTextSteps(flat.outline))
  const vocabularySize = flat.outline.added_tokens.reduce(
    (size, { id }) => Math.max(size, id + 1),
    flat.scores.length,
  )
  const rules = { ...cutRules(flat.outline, () => []), joins: (pair: string) => joins(flat.pairs, pair) }
  const encode = dropUnknown
    ? (text: string) => encoder.encode(text).filter((id) => id !== flat.unknownId)
    : (text: string) => encoder.encode(text)
  const lookUp = (token: string) => encoder.lookUp(token)
  return new WindowedSubwords({ encode, lookUp, rules, vocabularySize, unknownId: flat.unknownId })
}

/** Whether the two UTF-16 units of `pair` are neighbours in a piece, by bisection. */
function joins(pairs: Uint32Array, pair: string): boolean {
  const wanted = pair.charCodeAt(0) * 65536 + pair.charCodeAt(1)
  let low = 0
  let high = pairs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pairs[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return pairs[low] === wanted
}
