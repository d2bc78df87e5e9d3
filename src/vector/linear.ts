import type { Matrix } from './matrix.ts'

/** A linear map of rows, with what is done to each number afterwards. */
export interface LinearMap {
  /** `[outputs, inputs]`, row-major, as PyTorch keeps it. */
  readonly weight: Float32Array
  /** One per output; zeros when absent. */
  readonly bias?: Float32Array | undefined
  readonly inputs: number
  readonly outputs: number
  readonly activation: 'identity' | 'tanh'
}

/**
 * Maps each row of `from`, `[rows, map.inputs]`, into the same row of `to`. Where `to` has fewer columns than the map
 * has outputs, the last outputs are left out.
 */
export function mapRows({ weight, bias, inputs, activation }: LinearMap, from: Matrix, to: Matrix): void {
  for (let row = 0; row < to.rows; row++) {
    for (let column = 0; column < to.columns; column++) {
      let sum = bias ? bias[column]! : 0
      for (let index = 0; index < inputs; index++) {
        sum += weight[column * inputs + index]! * from.data[row * inputs + index]!
      }
      to.data[row * to.columns + column] = activation === 'tanh' ? Math.tanh(sum) : sum
    }
  }
}
