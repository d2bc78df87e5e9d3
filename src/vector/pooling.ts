import { type Matrix, rowOf } from './matrix.ts'

/** How token vectors become one vector per text. */
export type Pooling = 'mean' | 'cls' | 'last-token'

/** Token vectors of a padded batch: `data` is `[rows, sequence, columns]`, padding on the right. */
export interface TokenVectors {
  readonly data: Float32Array
  readonly sequence: number
  readonly columns: number
  /** Tokens of each row that the mask keeps, `0 … sequence`. */
  readonly lengths: Int32Array
}

/**
 * Pools row `r` of a batch into row `targetRows[r]` of `target`, keeping the first `target.columns` columns.
 * A fully masked row becomes zeros, never NaN.
 */
export function poolRows(
  tokens: TokenVectors,
  pooling: Pooling,
  target: Matrix,
  targetRows: ArrayLike<number>,
): void {
  for (let row = 0; row < tokens.lengths.length; row++) {
    const output = rowOf(target, targetRows[row]!)
    const start = row * tokens.sequence * tokens.columns
    const length = tokens.lengths[row]!
    if (length === 0) output.fill(0)
    else if (pooling === 'mean') meanInto(output, tokens.data, start, length, tokens.columns)
    else {
      const position = pooling === 'cls' ? 0 : length - 1
      const offset = start + position * tokens.columns
      output.set(tokens.data.subarray(offset, offset + output.length))
    }
  }
}

/** Writes the mean of `length` vectors, `stride` apart from `start`, into `output`. */
function meanInto(
  output: Float32Array,
  data: Float32Array,
  start: number,
  length: number,
  stride: number,
): void {
  const columns = output.length
  output.fill(0)
  let token = 0
  // Four tokens a pass: a quarter of the stores, and sums of four stay in float64.
  for (; token + 4 <= length; token += 4) {
    const first = start + token * stride
    const second = first + stride
    const third = second + stride
    const fourth = third + stride
    for (let column = 0; column < columns; column++) {
      output[column]! +=
        data[first + column]! + data[second + column]! + data[third + column]! + data[fourth + column]!
    }
  }
  for (; token < length; token++) {
    const offset = start + token * stride
    for (let column = 0; column < columns; column++) output[column]! += data[offset + column]!
  }
  const scale = 1 / length
  for (let column = 0; column < columns; column++) output[column]! *= scale
}
