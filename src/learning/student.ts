import type { Matrix } from '../vector/matrix.ts'

/**
 * A model that is being fitted to pairs: it gives unit vectors of queries and labels as it is now, and moves against the
 * derivatives of a loss by them. Rows are places in the lists that it was made with.
 */
export interface Student {
  /** What is fitted, live: rows of a table, or a map of vectors. */
  readonly weight: Matrix
  /** Unit vectors of these queries, a row each; zeros for one without a known token. */
  queries(rows: Int32Array): Promise<Matrix>
  /** Unit vectors of these labels. */
  labels(rows: Int32Array): Promise<Matrix>
  /** Moves against the derivatives by the vectors that the last {@link queries} and {@link labels} gave. */
  step(queries: Matrix, labels: Matrix): Promise<void>
  /** Keeps what it is now, for {@link restore}. */
  keep(): void
  /** Goes back to what was kept last. */
  restore(): void
}
