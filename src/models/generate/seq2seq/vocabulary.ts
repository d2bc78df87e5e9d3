import { isRecord } from '../../../is-record.ts'
import { BYTE_LETTERS } from '../../../tokenizer/byte-letters.ts'
import {
  parseTokenizerFile,
  type TokenizerFile,
  unusableTokenizer,
} from '../../../tokenizer/file/tokenizer-file.ts'
import { loadLibrarySubwords } from '../../../tokenizer/window/library-subwords.ts'
import type { Segment } from '../prompt.ts'

/** A byte-level vocabulary, in both directions. */
export interface Vocabulary {
  /** Ids run from 0 to this, exclusive. */
  readonly size: number
  /**
   * The ids of a prompt, at most `limit` of each text in it. No special piece comes of plain text.
   *
   * @throws AppError `artifact_corrupt` for a special piece that the vocabulary lacks
   */
  idsOf(prompt: readonly Segment[], limit: number): number[]
  /** What a piece stands for; nothing for a special one. */
  bytesOf(id: number): Uint8Array
}

/**
 * Reads a tokenizer.json with byte-level pieces.
 *
 * @throws AppError `artifact_corrupt` for another kind
 */
export async function loadVocabulary(text: string): Promise<Vocabulary> {
  const file = parseTokenizerFile(text)
  const pieces = piecesOf(file)
  const special = new Map(file.added_tokens.map(({ content, id }) => [content, id]))
  // Without the added pieces, which the library would find in a caller's text.
  const plain = await loadLibrarySubwords({ ...file, added_tokens: [] }, false)
  const silent = new Set(special.values())
  return {
    size: Math.max(...pieces.keys()) + 1,
    idsOf: (prompt, limit) =>
      prompt.flatMap((segment) => {
        if (!segment.special) return Array.from(plain.take(segment.text, limit, 'start').ids)
        const id = special.get(segment.text)
        if (id === undefined) throw unusableTokenizer(`the special piece ${segment.text}`, 'none')
        return [id]
      }),
    bytesOf: (id) => (silent.has(id) ? new Uint8Array() : bytesOfPiece(pieces.get(id) ?? '')),
  }
}

function piecesOf({ model, added_tokens, pre_tokenizer }: TokenizerFile): Map<number, string> {
  const { vocab } = model
  if (!isRecord(vocab) || !JSON.stringify(pre_tokenizer)?.includes('"ByteLevel"')) {
    throw unusableTokenizer('byte-level pieces with their ids', model.type || 'another kind')
  }
  const pieces = new Map<number, string>()
  for (const [piece, id] of Object.entries(vocab)) if (typeof id === 'number') pieces.set(id, piece)
  for (const { id, content } of added_tokens) pieces.set(id, content)
  return pieces
}

/** Letters that stand for no byte are written as they are. */
function bytesOfPiece(piece: string): Uint8Array {
  const bytes = Array.from(piece, (letter) => BYTE_LETTERS.get(letter))
  return bytes.includes(undefined) ? Buffer.from(piece) : Uint8Array.from(bytes as number[])
}
