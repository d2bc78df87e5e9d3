/** Which rows of the table in training add up to each piece's vector. */
export interface PieceRows {
  /** The piece's own row first, then the rows that it shares with pieces of the same stem. */
  readonly rows: readonly (readonly number[])[]
  /** Rows of the table: one for each piece, then the shared ones. */
  readonly count: number
}

/** Letters of a word's beginning that pieces share: "nurs" links nurse, nurses, nursing. */
const STEM_LENGTHS = [4, 5, 6]
const LATIN = /^[a-z]{3,}$/

/**
 * Lets pieces that begin alike learn from one another, as fastText's character n-grams do (Bojanowski et al.
 * 2017); after training the shared rows are added into the pieces' own, so that the finished model is a plain
 * table. A word and its continuation ("nurse", "##nurse") share a row too.
 */
export function shareStems(pieces: readonly string[]): PieceRows {
  const stems = pieces.map(stemsOf)
  const uses = new Map<string, number>()
  for (const stem of stems.flat()) uses.set(stem, (uses.get(stem) ?? 0) + 1)
  const shared = new Map<string, number>()
  for (const [stem, count] of uses) if (count > 1) shared.set(stem, pieces.length + shared.size)
  const rows = stems.map((list, piece) => [piece, ...list.flatMap((stem) => shared.get(stem) ?? [])])
  return { rows, count: pieces.length + shared.size }
}

function stemsOf(piece: string): string[] {
  const word = piece.replace(/^##/, '')
  if (!LATIN.test(word)) return []
  const beginnings = STEM_LENGTHS.filter((length) => length <= word.length).map((length) =>
    word.slice(0, length),
  )
  return [...beginnings.map((beginning) => `${beginning}…`), word]
}
