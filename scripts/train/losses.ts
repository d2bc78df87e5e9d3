import type { Products } from '../../src/learning/products.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'

/** What a batch costs, and its derivative by every value of the unit vectors that it was given. */
interface Slope {
  readonly loss: number
  readonly gradients: Matrix
}

/** A loss of unit vectors, one row each. */
export type Loss = (units: Matrix, products: Products) => Promise<Slope>

/** Far below any product that takes part: its share of a softmax is 0. */
const MASKED = Number.NEGATIVE_INFINITY

/**
 * Cross-entropy of finding each text's partner among all other texts of the batch, of the other side and of its own.
 * Rows are the left texts and then, in the same order, the right ones. Texts of the same group are no negatives of
 * one another; -1 is a group of its own. With negatives of its own side, cosines within a language and across two
 * come to mean the same: without them translations ended up 0.17 lower. `scale` multiplies cosines, at most 80.
 */
export function inBatchNegatives(groups: Int32Array, scale: number): Loss {
  const count = groups.length
  return async (units, products) => {
    const cosines = await products.timesTransposed(units, units)
    const partners = Int32Array.from({ length: 2 * count }, (_, row) => (row + count) % (2 * count))
    for (let row = 0; row < 2 * count; row++) {
      const group = groups[row % count]!
      const values = rowOf(cosines, row)
      for (let column = 0; column < 2 * count; column++) {
        const alike = group !== -1 && groups[column % count] === group
        if (column === row || (alike && column !== partners[row])) values[column] = MASKED
      }
    }
    const loss = crossEntropy(cosines, partners, scale)
    const slopes = cosines
    for (let row = 0; row < 2 * count; row++) {
      for (let column = 0; column < row; column++) {
        const [one, other] = [row * 2 * count + column, column * 2 * count + row]
        const sum = slopes.data[one]! + slopes.data[other]!
        slopes.data[one] = sum
        slopes.data[other] = sum
      }
    }
    return { loss, gradients: await products.times(slopes, units) }
  }
}

/**
 * Cross-entropy of finding each text's label among all labels. The first rows are the texts, the labels follow; text
 * `t` belongs to label `targets[t]`.
 */
export function amongLabels(targets: Int32Array, scale: number): Loss {
  return async (units, products) => {
    const { columns } = units
    const cut = targets.length * columns
    const texts = { data: units.data.subarray(0, cut), rows: targets.length, columns }
    const labels = { data: units.data.subarray(cut), rows: units.rows - targets.length, columns }
    const slopes = await products.timesTransposed(texts, labels)
    const loss = crossEntropy(slopes, targets, scale)
    const gradients = createMatrix(units.rows, columns)
    gradients.data.set((await products.times(slopes, labels)).data)
    gradients.data.set((await products.transposedTimes(slopes, texts)).data, cut)
    return { loss, gradients }
  }
}

/**
 * Mean cross-entropy of each row's target under a softmax of `scale` times the row. Leaves in the place of the cosines
 * the derivative of the mean by each of them.
 */
function crossEntropy(cosines: Matrix, targets: Int32Array, scale: number): number {
  let loss = 0
  for (let row = 0; row < cosines.rows; row++) {
    const values = rowOf(cosines, row)
    // A cosine ends at 1, so no row needs its own maximum.
    let sum = 0
    for (let column = 0; column < values.length; column++) {
      const share = Math.exp(scale * (values[column]! - 1))
      values[column] = share
      sum += share
    }
    const target = targets[row]!
    loss -= Math.log(values[target]! / sum)
    const factor = scale / cosines.rows
    for (let column = 0; column < values.length; column++) values[column] = (values[column]! / sum) * factor
    values[target] = values[target]! - factor
  }
  return loss / cosines.rows
}

/**
 * Mean square distance between cosine and score, times `weight`. Rows are the left texts and then the right ones;
 * scores are wanted cosines.
 */
export function cosineRegression(scores: Float64Array, weight: number): Loss {
  const count = scores.length
  return async (units) => {
    const gradients = createMatrix(units.rows, units.columns)
    let loss = 0
    for (let row = 0; row < count; row++) {
      const [left, right] = [rowOf(units, row), rowOf(units, count + row)]
      const error = dot(left, right) - scores[row]!
      loss += error * error
      const slope = (2 * weight * error) / count
      addScaled(rowOf(gradients, row), right, slope)
      addScaled(rowOf(gradients, count + row), left, slope)
    }
    return { loss: (weight * loss) / count, gradients }
  }
}

/** Mean distance, 1 - cosine, of each text from a unit vector that it should have, times `weight`. */
export function towards(targets: readonly Float32Array[], weight: number): Loss {
  return async (units) => {
    const gradients = createMatrix(units.rows, units.columns)
    let loss = 0
    targets.forEach((target, row) => {
      loss += 1 - dot(rowOf(units, row), target)
      addScaled(rowOf(gradients, row), target, -weight / targets.length)
    })
    return { loss: (weight * loss) / targets.length, gradients }
  }
}

/**
 * Mean square distance of the cosines of all pairs of the batch from those of their targets, times `weight`: directions do
 * not matter, only who is how near to whom. Two texts at least.
 */
export function likeTargets(targets: readonly Float32Array[], weight: number): Loss {
  return async (units, products) => {
    const count = units.rows
    const wanted = createMatrix(count, units.columns)
    targets.forEach((target, row) => void rowOf(wanted, row).set(target))
    const cosines = await products.timesTransposed(wanted, wanted)
    const slopes = await products.timesTransposed(units, units)
    const share = weight / (count * (count - 1))
    let loss = 0
    for (let at = 0; at < slopes.data.length; at++) {
      const error = at % (count + 1) === 0 ? 0 : slopes.data[at]! - cosines.data[at]!
      loss += share * error * error
      // A cosine stands in two places, and its square has two equal factors.
      slopes.data[at] = 4 * share * error
    }
    return { loss, gradients: await products.times(slopes, units) }
  }
}

function addScaled(into: Float32Array, vector: Float32Array, factor: number): void {
  for (let column = 0; column < into.length; column++) into[column]! += factor * vector[column]!
}
