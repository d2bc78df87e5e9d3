import { createMatrix, type Matrix } from '../vector/matrix.ts'

/** Settings of {@link createSparseAdam}; what is left out has the values of the paper. */
export interface AdamOptions {
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
}

/** An optimizer that moves only the rows which a batch touched. */
export interface SparseAdam {
  /**
   * Moves row `rows[i]` of the table against row `i` of `gradients`, for the first `count` rows. No row may be
   * named twice. `learningRate` is about the largest change of one value.
   */
  step(rows: Int32Array, gradients: Float32Array, count: number, learningRate: number): void
}

/**
 * Adam (Kingma and Ba, 2015) with the moments of untouched rows left as they are, as in torch.optim.SparseAdam:
 * a token seen once in a hundred batches keeps its full step. The table is changed in place.
 */
export function createSparseAdam(table: Matrix, options: AdamOptions = {}): SparseAdam {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options
  const { columns, data } = table
  const mean = createMatrix(table.rows, columns).data
  const square = createMatrix(table.rows, columns).data
  let steps = 0
  return {
    step(rows, gradients, count, learningRate) {
      steps += 1
      const rate = (learningRate * Math.sqrt(1 - beta2 ** steps)) / (1 - beta1 ** steps)
      for (let index = 0; index < count; index++) {
        let from = index * columns
        let at = rows[index]! * columns
        for (const end = at + columns; at < end; at++, from++) {
          const gradient = gradients[from]!
          const first = beta1 * mean[at]! + (1 - beta1) * gradient
          const second = beta2 * square[at]! + (1 - beta2) * gradient * gradient
          mean[at] = first
          square[at] = second
          data[at] = data[at]! - (rate * first) / (Math.sqrt(second) + epsilon)
        }
      }
    },
  }
}
