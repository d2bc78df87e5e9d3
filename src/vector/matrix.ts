/** Float32 rows, row-major: row `r` is `data[r * columns … (r + 1) * columns)`. */
export interface Matrix {
  readonly data: Float32Array
  readonly rows: number
  readonly columns: number
}

/** A zeroed matrix of `rows` × `columns`. */
export function createMatrix(rows: number, columns: number): Matrix {
  return { data: new Float32Array(rows * columns), rows, columns }
}

/** Row `index` as a view on the matrix's own memory, `columns` long. */
export function rowOf(matrix: Matrix, index: number): Float32Array {
  return matrix.data.subarray(index * matrix.columns, (index + 1) * matrix.columns)
}

/** Rows from `start` to before `end`, no more than there are, as a view on the matrix's own memory. */
export function sliceRows({ data, rows, columns }: Matrix, start: number, end: number): Matrix {
  const last = Math.min(end, rows)
  return { data: data.subarray(start * columns, last * columns), rows: last - start, columns }
}
