/** Dot product of two vectors of the same length, summed in float64. */
export function dot(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < first.length; index++) sum += first[index]! * second[index]!
  return sum
}

/** Cosine of the angle between two vectors of the same length; 0 when either is all zeros. */
export function cosine(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const lengths = Math.sqrt(dot(first, first) * dot(second, second))
  return lengths === 0 ? 0 : dot(first, second) / lengths
}
