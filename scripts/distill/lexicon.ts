import type { TokenIds } from '../../src/learning/bags.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { parseTokenizerFile } from '../../src/tokenizer/file/tokenizer-file.ts'
import { loadTokenizer } from '../../src/tokenizer/tokenizer.ts'
import { type PieceRows, shareCharacters } from '../train/shared-rows.ts'

/** The pieces that a static model cuts texts into, and the rows of its table that stand for them while it learns. */
export interface Lexicon {
  /** Id of the model whose tokenizer it is. */
  readonly of: string
  /** The tokenizer.json. */
  readonly json: string
  readonly lowercase: boolean
  /** What each id spells, without the marks of words that go on; empty where it spells nothing. */
  readonly spelled: readonly string[]
  /** Chinese words: they share rows with their characters. */
  readonly words: ReadonlySet<string>
  readonly rows: PieceRows
  /** Ids of a text's pieces, unknown ones dropped. */
  idsOf(text: string): Int32Array
  /** Rows of the table in training. */
  rowsOf(ids: TokenIds): Int32Array
}

/** No text is cut: a static model reads the whole of it. */
export const MAX_TOKENS = 8192

const HAN = /\p{Script=Han}/u

/**
 * Reads a model's tokenizer as that of a static model: no special tokens around a text, unknown pieces dropped.
 *
 * @throws AppError `artifact_corrupt` for a file that is no tokenizer
 */
export async function readLexicon(
  { id, lowercase = false }: Pick<Manifest, 'id' | 'lowercase'>,
  json: string,
): Promise<Lexicon> {
  const tokenizer = await loadTokenizer(json, { specialTokens: false, dropUnknown: true, lowercase })
  const keys = keysById(json)
  const spelled = Array.from({ length: Math.max(tokenizer.vocabularySize, keys.length) }, (_, piece) =>
    tokenizer.knows(piece) ? bare(keys[piece] ?? '') : '',
  )
  const words = new Set(spelled.filter((text) => HAN.test(text) && Array.from(text).length > 1))
  const rows = shareCharacters({ pieces: spelled, words })
  return {
    of: id,
    json,
    lowercase,
    spelled,
    words,
    rows,
    idsOf: (text) => Int32Array.from(tokenizer.encode(text, { maxTokens: MAX_TOKENS, truncate: 'end' }).ids),
    rowsOf: (ids) => Int32Array.from(Array.from(ids, (piece) => rows.rows[piece]!).flat()),
  }
}

/** The text of each id as it is written first, from a vocabulary by text (WordPiece, BPE) or a list (Unigram). */
function keysById(json: string): (string | undefined)[] {
  const { vocab } = parseTokenizerFile(json).model as { readonly vocab?: unknown }
  const keys: (string | undefined)[] = []
  if (Array.isArray(vocab)) for (const [piece] of vocab) keys.push(String(piece))
  else for (const [text, piece] of Object.entries(vocab ?? {})) keys[Number(piece)] ??= text
  return keys
}

/** Without the marks of WordPiece, Unigram and byte-level BPE. */
function bare(key: string): string {
  return key.replace(/^(##|\u2581|\u0120)/, '')
}
