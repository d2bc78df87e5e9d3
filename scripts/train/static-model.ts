import type { Products } from '../../src/learning/products.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import type { PieceRows } from './shared-rows.ts'

/** One vector a piece: its own row and the shared ones added up. The first `specials` pieces become zeros. */
export function foldTable(table: Matrix, pieces: PieceRows, specials: number): Matrix {
  const folded = createMatrix(pieces.rows.length, table.columns)
  for (const [piece, rows] of pieces.rows.entries()) {
    if (piece < specials) continue
    const target = rowOf(folded, piece)
    for (const row of rows) {
      const source = rowOf(table, row)
      for (let column = 0; column < target.length; column++) target[column]! += source[column]!
    }
  }
  return folded
}

/** The table turned so that `axes`, one a row, become its columns. Cosines stay as they are. */
export function turnTable(table: Matrix, axes: Matrix, products: Products): Promise<Matrix> {
  return products.timesTransposed(table, axes)
}
