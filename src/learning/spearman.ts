import { AppError } from '../errors.ts'

/**
 * Spearman's rank correlation of two lists of the same length, -1 to 1. Equal values share the mean of their
 * ranks, as in scipy.stats.spearmanr. NaN where a list is constant or shorter than 2.
 */
export function spearman(left: ArrayLike<number>, right: ArrayLike<number>): number {
  if (left.length !== right.length) {
    throw new AppError(
      'invalid_request',
      `Rank correlation compares lists of one length: expected ${left.length} values on both sides, got ${right.length} on the right. Pass one value per item.`,
    )
  }
  return pearson(averageRanks(left), averageRanks(right))
}

/** The rank of each value, from 1 for the smallest; equal values share their mean rank. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, index) => index)
  order.sort((a, b) => values[a]! - values[b]!)
  const ranks = new Float64Array(values.length)
  let start = 0
  while (start < order.length) {
    let end = start + 1
    while (end < order.length && values[order[end]!] === values[order[start]!]) end += 1
    for (let place = start; place < end; place++) ranks[order[place]!] = (start + 1 + end) / 2
    start = end
  }
  return ranks
}

function pearson(left: Float64Array, right: Float64Array): number {
  const leftMean = mean(left)
  const rightMean = mean(right)
  let [products, leftSquares, rightSquares] = [0, 0, 0]
  for (let index = 0; index < left.length; index++) {
    const a = left[index]! - leftMean
    const b = right[index]! - rightMean
    products += a * b
    leftSquares += a * a
    rightSquares += b * b
  }
  return products / Math.sqrt(leftSquares * rightSquares)
}

function mean(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
