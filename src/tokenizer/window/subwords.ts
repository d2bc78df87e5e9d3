/** Ids from one end of a text, and whether the text has more than these. */
export interface SubwordIds {
  readonly ids: ArrayLike<number>
  readonly more: boolean
}

/** A tokenizer's core: text to ids of the vocabulary, without special tokens. */
export interface Subwords {
  /** Ids run from 0 to this, exclusive. */
  readonly vocabularySize: number
  /** The token of what has no piece; undefined where everything has one. */
  readonly unknownId: number | undefined
  lookUp(token: string): number | undefined
  /**
   * The first (`from` is `start`) or last (`end`) ids of a text, at most `limit`. They are those of the whole
   * text, though only as much of a long one is read as it takes; what bounds that is said by the implementation.
   */
  take(text: string, limit: number, from: 'start' | 'end'): SubwordIds
}
