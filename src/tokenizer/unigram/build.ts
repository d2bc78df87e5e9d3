import { createHash } from 'node:crypto'
import { parseTokenizerFile, type TokenizerComponent, type TokenizerFile } from '../file/tokenizer-file.ts'
import { type FlatUnigram, writeFlatUnigram } from './file.ts'
import { buildDoubleArray } from './trie.ts'

/** The bytes of a flat tokenizer, or why this tokenizer.json has no flat form and is left to the library. */
type FlatUnigramBuild = { readonly bytes: Uint8Array } | { readonly refused: string }

/** The library's score of an unknown character is this much below the least score of a piece. */
const UNKNOWN_PENALTY = 10
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Builds the flat form of a Unigram tokenizer.json. The same file gives the same bytes. It is for pull and build
 * time: it takes about 1.5 s for 250,000 pieces.
 *
 * @throws AppError `artifact_corrupt` when `json` is no tokenizer.json at all
 */
export function buildFlatUnigram(json: Uint8Array): FlatUnigramBuild {
  const flat = flattenUnigram(parseTokenizerFile(Buffer.from(json).toString('utf8')))
  if ('refused' in flat) return flat
  return { bytes: writeFlatUnigram(flat, createHash('sha256').update(json).digest('hex')) }
}

/** The same in memory, for a file that was parsed. */
export function flattenUnigram(file: TokenizerFile): FlatUnigram | { readonly refused: string } {
  const refused = (reason: string) => ({ refused: reason })
  if (file.model.type !== 'Unigram')
    return refused(`its model is ${file.model.type || 'unnamed'}, not Unigram`)
  const vocabulary = readVocabulary(file.model.vocab)
  if (typeof vocabulary === 'string') return refused(vocabulary)
  const { pieces, scores } = vocabulary
  const unknownId = file.model.unk_id
  if (typeof unknownId !== 'number' || scores[unknownId] === undefined)
    return refused('it has no unknown piece')
  const moved = file.added_tokens.find(({ id, content }) => (pieces.get(content) ?? id) !== id)
  if (moved) return refused(`its added token ${JSON.stringify(moved.content)} is a piece with another id`)
  scores[unknownId] = scores.reduce((least, score) => Math.min(least, score)) - UNKNOWN_PENALTY
  const longest = [...pieces.keys()].reduce((most, piece) => Math.max(most, piece.length), 0)
  const outline = outlineOf(file)
  const trie = buildDoubleArray(pieces)
  return { trie, scores, unknownId, longest, pairs: neighbours(pieces.keys()), outline }
}

interface Vocabulary {
  /** Of a piece that is listed twice the last id counts. */
  readonly pieces: ReadonlyMap<string, number>
  readonly scores: Float64Array
}

/** The vocabulary as arrays, or why it cannot be. */
function readVocabulary(vocab: unknown): Vocabulary | string {
  if (!Array.isArray(vocab)) return 'its vocabulary is no list'
  const pieces = new Map<string, number>()
  const scores = new Float64Array(vocab.length)
  for (let id = 0; id < vocab.length; id++) {
    const entry: unknown = vocab[id]
    if (!Array.isArray(entry)) return `its piece ${id} is no pair`
    const [piece, score]: unknown[] = entry
    if (typeof piece !== 'string' || typeof score !== 'number')
      return `its piece ${id} is no text with a score`
    if (piece === '' || LONE_SURROGATE.test(piece)) return `its piece ${id} is empty or half a character`
    pieces.set(piece, id)
    scores[id] = score
  }
  return { pieces, scores }
}

/** Every two neighbouring UTF-16 units of the pieces, as one number each, ascending. */
function neighbours(pieces: Iterable<string>): Uint32Array {
  const pairs = new Set<number>()
  for (const piece of pieces) {
    for (let index = 1; index < piece.length; index++) {
      pairs.add(piece.charCodeAt(index - 1) * 65536 + piece.charCodeAt(index))
    }
  }
  return Uint32Array.from(pairs).sort()
}

function outlineOf(file: TokenizerFile): TokenizerFile {
  const normalizer = file.normalizer === null ? null : withoutMaps(file.normalizer)
  return { ...file, normalizer, model: { type: 'Unigram' } }
}

/** The library normalizes by NFKC in place of the character map (316 kB in XLM-R's file), which it never reads. */
function withoutMaps(component: TokenizerComponent): TokenizerComponent {
  const { precompiled_charsmap: _, ...rest }: TokenizerComponent & { precompiled_charsmap?: unknown } =
    component
  if (!Array.isArray(rest.normalizers)) return rest
  return { ...rest, normalizers: rest.normalizers.map(withoutMaps) }
}
