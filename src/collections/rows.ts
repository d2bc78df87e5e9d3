import { type Segment, ZERO_CODE } from '../formats/collection-segment.ts'
import { parseExactJson } from '../formats/exact-json.ts'
import { rowOf } from '../vector/matrix.ts'

/** A row's id and fields. */
export function fieldsOf(segment: Segment, row: number): { id: string; fields: Record<string, unknown> } {
  const { id, ...fields } = parseExactJson(segment.line(row)) as Record<string, unknown> & { id: string }
  return { id, fields }
}

/** A row as it was written; int8 vectors as they are kept. */
export function rowOfSegment(
  segment: Segment,
  row: number,
): { id: string; fields: Record<string, unknown>; vector: Float32Array } {
  return { ...fieldsOf(segment, row), vector: vectorOf(segment, row) }
}

function vectorOf({ columns, rows, vectors, codes, scales }: Segment, row: number): Float32Array {
  if (vectors) return rowOf({ data: vectors, rows, columns }, row)
  const own = codes!.subarray(row * columns, (row + 1) * columns)
  return Float32Array.from(own, (code) => (code - ZERO_CODE) * scales![row]!)
}

/** What is ordered by {@link byScore}. */
interface Ranked {
  readonly score: number
  /** Position among all rows. */
  readonly index: number
}

/** The order of what was found: best first, rows of equal score by their position. */
export function byScore(one: Ranked, other: Ranked): number {
  return other.score - one.score || one.index - other.index
}
