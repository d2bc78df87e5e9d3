import { type FlatFormat, openFlat, writeFlat } from '../file/flat-file.ts'
import type { TokenizerFile } from '../file/tokenizer-file.ts'
import type { DoubleArray } from './trie.ts'

/** Names the layout below and what fills it. A file of another format is not read; the tokenizer.json is. */
export const UNIGRAM: FlatFormat = { name: 'unigram-1', magic: 'UNIGRAM\u0001' }

const CODES = 65536

/** A Unigram tokenizer as typed arrays: what a tokenizer.json says, ready to use without parsing it. */
export interface FlatUnigram {
  readonly trie: DoubleArray
  /** `[pieces]`: log probability by id; the unknown piece's is the one that unknown characters get. */
  readonly scores: Float64Array
  readonly unknownId: number
  /** UTF-16 units of the longest piece. */
  readonly longest: number
  /** Ascending: every two neighbouring UTF-16 units of any piece, first × 65536 + second. */
  readonly pairs: Uint32Array
  /** The tokenizer.json without its model's vocabulary and without character maps, which nothing reads. */
  readonly outline: TokenizerFile
}

/** Lays the tokenizer out as bytes. `source` is the SHA-256 of its tokenizer.json in hex. */
export function writeFlatUnigram(flat: FlatUnigram, source: string): Uint8Array {
  const { trie, scores, pairs, unknownId, longest } = flat
  const counts = [scores.length, trie.base.length, pairs.length, unknownId, longest]
  const arrays = [scores, trie.base, trie.check, trie.ids, pairs, trie.codes]
  return writeFlat(UNIGRAM, source, counts, arrays, flat.outline)
}

/**
 * Looks at `bytes` as a tokenizer; the arrays are views of them, not copies.
 *
 * @throws AppError `artifact_corrupt` as {@link openFlat} does
 */
export function readFlatUnigram(bytes: Uint8Array, source: string): FlatUnigram {
  const file = openFlat(bytes, UNIGRAM, source)
  const [pieces, cells, pairCount] = [file.count(0), file.count(1), file.count(2)]
  const scores = file.float64(pieces)
  const [base, check, ids] = [file.int32(cells), file.int32(cells), file.int32(cells)]
  const pairs = file.uint32(pairCount)
  const codes = file.uint16(CODES)
  return {
    scores,
    trie: { base, check, ids, codes },
    pairs,
    outline: file.outline(),
    unknownId: file.count(3),
    longest: file.count(4),
  }
}
