import { AppError } from '../errors.ts'
import { checkTokenizerFile, type TokenizerFile } from './tokenizer-file.ts'
import type { DoubleArray } from './unigram-trie.ts'

/** Names the layout below and what fills it. A file of another format is not read; the tokenizer.json is. */
export const UNIGRAM_FORMAT = 'unigram-1'

const MAGIC = 'UNIGRAM\u0001'
/** Magic, SHA-256 of the tokenizer.json, then the counts as uint32. */
const SOURCE_AT = 8
const COUNTS_AT = 40
const HEADER_BYTES = 64
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

/** Lays the tokenizer out as bytes (little-endian). `source` is the SHA-256 of its tokenizer.json in hex. */
export function writeFlatUnigram(flat: FlatUnigram, source: string): Uint8Array {
  const { trie, scores, pairs } = flat
  const outline = Buffer.from(JSON.stringify(flat.outline))
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(MAGIC, 'latin1')
  header.write(source, SOURCE_AT, 'hex')
  const counts = [scores.length, trie.base.length, pairs.length, outline.length, flat.unknownId, flat.longest]
  counts.forEach((count, index) => {
    header.writeUInt32LE(count, COUNTS_AT + 4 * index)
  })
  const arrays = [scores, trie.base, trie.check, trie.ids, pairs, trie.codes]
  return Buffer.concat([header, ...arrays.map(bytesOf), outline])
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/**
 * Looks at `bytes` as a tokenizer; the arrays are views of them, not copies.
 *
 * @throws AppError `artifact_corrupt` when they are not of this format, not whole, or not made from the
 * tokenizer.json with the SHA-256 `source`
 */
export function readFlatUnigram(bytes: Uint8Array, source: string): FlatUnigram {
  // Views of 8-byte numbers need memory aligned to them.
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  const { buffer, byteOffset, byteLength } = aligned
  const header = Buffer.from(buffer, byteOffset, Math.min(HEADER_BYTES, byteLength))
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, SOURCE_AT) !== MAGIC) {
    throw unusable(`the format ${UNIGRAM_FORMAT}`, `${byteLength} bytes of something else`)
  }
  const made = header.toString('hex', SOURCE_AT, COUNTS_AT)
  if (made !== source) throw unusable(`one made from the tokenizer.json ${source}`, `from ${made}`)
  const count = (index: number) => header.readUInt32LE(COUNTS_AT + 4 * index)
  const [pieces, cells, pairs, outline] = [count(0), count(1), count(2), count(3)]
  const total = HEADER_BYTES + 8 * pieces + 12 * cells + 4 * pairs + 2 * CODES + outline
  if (total !== byteLength) throw unusable(`${total} bytes`, `${byteLength}`)
  let at = byteOffset + HEADER_BYTES
  const skip = (length: number) => {
    at += length
    return at - length
  }
  return {
    scores: new Float64Array(buffer, skip(8 * pieces), pieces),
    trie: {
      base: new Int32Array(buffer, skip(4 * cells), cells),
      check: new Int32Array(buffer, skip(4 * cells), cells),
      ids: new Int32Array(buffer, skip(4 * cells), cells),
      ...{ codes: new Uint16Array(buffer, at + 4 * pairs, CODES) },
    },
    pairs: new Uint32Array(buffer, skip(4 * pairs), pairs),
    outline: readOutline(Buffer.from(buffer, at + 2 * CODES, outline)),
    unknownId: count(4),
    longest: count(5),
  }
}

function readOutline(bytes: Buffer): TokenizerFile {
  return checkTokenizerFile(JSON.parse(bytes.toString('utf8')))
}

function unusable(expected: string, got: string): AppError {
  const message = `The flat tokenizer file cannot be used: expected ${expected}, got ${got}. Remove it, or build it again.`
  return new AppError('artifact_corrupt', message, { details: { expected, got } })
}
