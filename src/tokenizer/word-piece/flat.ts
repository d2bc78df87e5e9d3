import { type FlatFormat, openFlat, writeFlat } from '../file/flat-file.ts'
import type { WordPieceFile } from './file.ts'
import { PieceTable } from './piece-table.ts'

/** Names the layout below and the hash that fills it. A file of another format is not read; the tokenizer.json is. */
export const WORD_PIECE: FlatFormat = { name: 'word-piece-1', magic: 'WORDPCE\u0001' }

/** Lays the tokenizer out as bytes. `source` is the SHA-256 of its tokenizer.json in hex. */
export function writeFlatWordPiece({ outline, table }: WordPieceFile, source: string): Uint8Array {
  const { starts, hashes, ids, slots, units, longest, size } = table.parts()
  const counts = [hashes.length, slots.length, units.length, longest, size]
  return writeFlat(WORD_PIECE, source, counts, [starts, hashes, ids, slots, units], outline)
}

/**
 * Looks at `bytes` as a tokenizer; the arrays are views of them, not copies.
 *
 * @throws AppError `artifact_corrupt` as {@link openFlat} does
 */
export function readFlatWordPiece(bytes: Uint8Array, source: string): WordPieceFile {
  const file = openFlat(bytes, WORD_PIECE, source)
  const [pieces, slotCount, unitCount] = [file.count(0), file.count(1), file.count(2)]
  const parts = {
    starts: file.int32(pieces + 1),
    hashes: file.int32(pieces),
    ids: file.int32(pieces),
    slots: file.int32(slotCount),
    units: file.uint16(unitCount),
    longest: file.count(3),
    size: file.count(4),
  }
  return { outline: file.outline(), table: PieceTable.of(parts) }
}
