/** Dot product of two vectors of the same length, summed in float64. */
export function dot(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < first.length; index++) sum += first[index]! * second[index]!
  return sum
}

/**
 * Dot products of one vector with rows of `data`, summed in float64, four sums at a time: the processor need not wait
 * for one to begin the next.
 *
 * @param data rows of the vector's length, one after the other
 * @param rows which rows; NaN is the outcome for a negative one
 */
export function dotRows(vector: Float32Array, data: Float32Array, rows: Int32Array): Float64Array {
  // Turned into float64 once, not once a row.
  const wide = Float64Array.from(vector)
  const outcome = new Float64Array(rows.length)
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!
    outcome[index] = row < 0 ? Number.NaN : dotWide(wide, data, row * wide.length)
  }
  return outcome
}

function dotWide(vector: Float64Array, data: Float32Array, offset: number): number {
  const { length } = vector
  let first = 0
  let second = 0
  let third = 0
  let fourth = 0
  let column = 0
  for (; column + 3 < length; column += 4) {
    first += vector[column]! * data[offset + column]!
    second += vector[column + 1]! * data[offset + column + 1]!
    third += vector[column + 2]! * data[offset + column + 2]!
    fourth += vector[column + 3]! * data[offset + column + 3]!
  }
  for (; column < length; column++) first += vector[column]! * data[offset + column]!
  return first + second + (third + fourth)
}

/** A product of unit vectors within -1 and 1, which rounding may leave by a little. */
export function clampCosine(product: number): number {
  return product > 1 ? 1 : product < -1 ? -1 : product
}

/** Cosine of the angle between two vectors of the same length; 0 when either is all zeros. */
export function cosine(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const lengths = Math.sqrt(dot(first, first) * dot(second, second))
  return lengths === 0 ? 0 : dot(first, second) / lengths
}
