/**
 * A loss and, written into `gradients`, its derivative by every value of the left and then of the right unit
 * vectors. `units` holds `count` left vectors followed by `count` right ones.
 */
export type Loss = (units: Float64Array, gradients: Float64Array, count: number, columns: number) => number

/** Below this share of a softmax a negative teaches nothing that rounding would keep, and its work is saved. */
const NEGLIGIBLE_SHARE = 5e-4

/**
 * Cross-entropy of finding each left text's right one among the batch, and the other way round (the symmetric
 * loss of CLIP, Radford et al. 2021). Texts of the same group are no negatives of one another; -1 is a group of
 * its own. `scale` multiplies cosines, at most 300.
 */
export function inBatchNegatives(groups: Int32Array, scale: number): Loss {
  return (units, gradients, count, columns) => {
    const right = units.subarray(count * columns)
    const shares = multiplyTransposed(units, right, count, columns)
    const { rowSums, columnSums } = exponentiate(shares, groups, scale)
    let loss = 0
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < count; column++) {
        const share = shares[row * count + column]!
        let slope = share / rowSums[row]! + share / columnSums[column]!
        if (row === column) {
          loss -= Math.log(share / rowSums[row]!) + Math.log(share / columnSums[column]!)
          slope -= 2
        } else if (slope < NEGLIGIBLE_SHARE) continue
        pull(units, gradients, row, count + column, columns, (slope * scale) / (2 * count))
      }
    }
    return loss / (2 * count)
  }
}

/** exp(scale · cosine - scale) in place, zero for masked pairs. No row needs its maximum: a cosine ends at 1. */
function exponentiate(cosines: Float64Array, groups: Int32Array, scale: number) {
  const count = groups.length
  const rowSums = new Float64Array(count)
  const columnSums = new Float64Array(count)
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      const at = row * count + column
      const masked = row !== column && groups[row] !== -1 && groups[row] === groups[column]
      const share = masked ? 0 : Math.exp(scale * (cosines[at]! - 1))
      cosines[at] = share
      rowSums[row] = rowSums[row]! + share
      columnSums[column] = columnSums[column]! + share
    }
  }
  return { rowSums, columnSums }
}

/** Mean square distance between cosine and score, times `weight`. Scores are wanted cosines. */
export function cosineRegression(scores: Float64Array, weight: number): Loss {
  return (units, gradients, count, columns) => {
    let loss = 0
    for (let row = 0; row < count; row++) {
      const error = cosine(units, row, count + row, columns) - scores[row]!
      loss += error * error
      pull(units, gradients, row, count + row, columns, (2 * weight * error) / count)
    }
    return (weight * loss) / count
  }
}

/** Adds `slope` times the derivative of the product of vectors `left` and `right`. */
function pull(
  units: Float64Array,
  gradients: Float64Array,
  left: number,
  right: number,
  columns: number,
  slope: number,
): void {
  let a = left * columns
  let b = right * columns
  for (const end = a + columns; a < end; a++, b++) {
    gradients[a] = gradients[a]! + slope * units[b]!
    gradients[b] = gradients[b]! + slope * units[a]!
  }
}

function cosine(units: Float64Array, left: number, right: number, columns: number): number {
  let sum = 0
  for (let column = 0; column < columns; column++) {
    sum += units[left * columns + column]! * units[right * columns + column]!
  }
  return sum
}

/** `left · rightᵀ` of the first `count` rows each. Two by four sums at a time stay in registers: 2 × faster. */
export function multiplyTransposed(
  left: Float64Array,
  right: Float64Array,
  count: number,
  columns: number,
): Float64Array {
  const product = new Float64Array(count * count)
  const sums = new Float64Array(8)
  const last = count - 1
  for (let row = 0; row < count; row += 2) {
    for (let column = 0; column < count; column += 4) {
      // Past the edge the last row is computed again and thrown away.
      const columnsAt = [column, column + 1, column + 2, column + 3].map((at) => Math.min(at, last) * columns)
      blockSums(left, row * columns, Math.min(row + 1, last) * columns, right, columnsAt, columns, sums)
      for (let at = 0; at < 8; at++) {
        const r = row + (at >> 2)
        const c = column + (at & 3)
        if (r < count && c < count) product[r * count + c] = sums[at]!
      }
    }
  }
  return product
}

function blockSums(
  left: Float64Array,
  a0: number,
  a1: number,
  right: Float64Array,
  rows: readonly number[],
  columns: number,
  sums: Float64Array,
): void {
  const [b0, b1, b2, b3] = [rows[0]!, rows[1]!, rows[2]!, rows[3]!]
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let column = 0; column < columns; column++) {
    const x = left[a0 + column]!
    const y = left[a1 + column]!
    const p = right[b0 + column]!
    const q = right[b1 + column]!
    const r = right[b2 + column]!
    const t = right[b3 + column]!
    s00 += x * p
    s01 += x * q
    s02 += x * r
    s03 += x * t
    s10 += y * p
    s11 += y * q
    s12 += y * r
    s13 += y * t
  }
  sums[0] = s00
  sums[1] = s01
  sums[2] = s02
  sums[3] = s03
  sums[4] = s10
  sums[5] = s11
  sums[6] = s12
  sums[7] = s13
}
