import { type Matrix, rowOf } from '../vector/matrix.ts'
import { clampCosine, dotRows } from '../vector/similarity.ts'

/** A row of one matrix beside the row of another that is most like it. */
interface AlignedRows {
  readonly left: number
  readonly right: number
  readonly score: number
}

/**
 * The best pairs of rows, best first, each row used once: taken greedily, which for the few best pairs differs
 * little from the optimal assignment and is what a reader would do. Rows are unit vectors.
 *
 * @param allowed which rows may be a pair, whatever their likeness
 */
export function alignRows(
  left: Matrix,
  right: Matrix,
  count: number,
  least = -1,
  allowed: (left: number, right: number) => boolean = () => true,
): AlignedRows[] {
  const pairs: AlignedRows[] = []
  const places = Int32Array.from({ length: right.rows }, (_, row) => row)
  for (let i = 0; i < left.rows; i++) {
    const products = dotRows(rowOf(left, i), right.data, places)
    for (let j = 0; j < right.rows; j++) {
      const score = clampCosine(products[j]!)
      if (score >= least && allowed(i, j)) pairs.push({ left: i, right: j, score })
    }
  }
  pairs.sort((a, b) => b.score - a.score || a.left - b.left || a.right - b.right)
  const [usedLeft, usedRight] = [new Set<number>(), new Set<number>()]
  return pairs
    .filter((pair) => {
      if (usedLeft.has(pair.left) || usedRight.has(pair.right)) return false
      usedLeft.add(pair.left)
      usedRight.add(pair.right)
      return true
    })
    .slice(0, count)
}
