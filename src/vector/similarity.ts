/** Dot product of two vectors of the same length, summed in float64. */
export function dot(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < first.length; index++) sum += first[index]! * second[index]!
  return sum
}

/**
 * Dot products of one vector with rows of `data`, summed in float64, four rows at a time: the processor need not wait
 * for one sum to begin the next.
 *
 * @param data rows of the vector's length, one after the other
 * @param rows which rows; NaN is the outcome for a negative one
 */
export function dotRows(vector: Float32Array, data: Float32Array, rows: Int32Array): Float64Array {
  const outcome = new Float64Array(rows.length).fill(Number.NaN)
  if (data.length === 0) return outcome
  // Turned into float64 once, not once a row.
  const wide = new Float64Array(vector.length)
  wide.set(vector)
  const places = rows.map((row) => Math.max(0, row) * wide.length)
  const sums = new Float64Array(4)
  for (let index = 0; index < rows.length; index += 4) {
    dotFour(wide, data, places, index, sums)
    for (let lane = 0; lane < Math.min(4, rows.length - index); lane++) {
      if (rows[index + lane]! >= 0) outcome[index + lane] = sums[lane]!
    }
  }
  return outcome
}

/** The products of the rows at four places, from `index` on; beyond the last place that of the first row. */
function dotFour(
  vector: Float64Array,
  data: Float32Array,
  places: Int32Array,
  index: number,
  sums: Float64Array,
): void {
  const one = places[index]!
  const two = places[index + 1] ?? 0
  const three = places[index + 2] ?? 0
  const four = places[index + 3] ?? 0
  let first = 0
  let second = 0
  let third = 0
  let fourth = 0
  for (let column = 0; column < vector.length; column++) {
    const value = vector[column]!
    first += value * data[one + column]!
    second += value * data[two + column]!
    third += value * data[three + column]!
    fourth += value * data[four + column]!
  }
  sums[0] = first
  sums[1] = second
  sums[2] = third
  sums[3] = fourth
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
