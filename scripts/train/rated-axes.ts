import type { Products } from '../../src/learning/products.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'
import { straighten } from './axes.ts'

/** Pairs of texts, a row each, with the cosines that they are to have. */
interface WantedCosines {
  readonly left: Matrix
  readonly right: Matrix
  readonly wanted: Float64Array
}

const STEPS = 40
/** Length of the first step of all axes together; it falls to nothing. */
const FIRST_STEP = 0.6
const MOMENTUM = 0.8

/**
 * The same space by other axes: the first `count` of the first `from` ones are turned within these until cosines of the
 * first `count` columns alone are as near as they get to the wanted ones. So the columns of a smaller model are those
 * that meaning lies in, not those that texts differ by most. All other axes stay at right angles to them.
 *
 * @param axes one a row, of length 1 and at right angles
 */
export async function rateAxes(
  axes: Matrix,
  { from, count }: { readonly from: number; readonly count: number },
  { left, right, wanted }: WantedCosines,
  products: Products,
): Promise<Matrix> {
  const columns = axes.columns
  const outer = { data: axes.data.slice(0, from * columns), rows: from, columns }
  const [ones, others] = [
    await products.timesTransposed(left, outer),
    await products.timesTransposed(right, outer),
  ]
  let inner = unitRows(0, count, from)
  const motion = new Float64Array(inner.data.length)
  for (let step = 0; step < STEPS; step++) {
    const gradients = cosineGradients(
      await products.timesTransposed(ones, inner),
      await products.timesTransposed(others, inner),
      wanted,
    )
    const [first, second] = [
      await products.transposedTimes(gradients.left, ones),
      await products.transposedTimes(gradients.right, others),
    ]
    for (let at = 0; at < motion.length; at++) {
      motion[at] = MOMENTUM * motion[at]! + first.data[at]! + second.data[at]!
    }
    const rate = (FIRST_STEP * (1 - step / STEPS)) / Math.max(Math.sqrt(dot(motion, motion)), 1e-12)
    inner = straighten({ ...inner, data: inner.data.map((value, at) => value - rate * motion[at]!) })
  }
  const whole = createMatrix(from, from)
  whole.data.set(inner.data)
  whole.data.set(unitRows(count, from - count, from).data, inner.data.length)
  const turned = await products.times(straighten(whole), outer)
  const data = Float32Array.from(axes.data)
  data.set(turned.data)
  return { ...axes, data }
}

/** `count` rows of zeros with a single 1 each, from column `first` on. */
function unitRows(first: number, count: number, columns: number): Matrix {
  const rows = createMatrix(count, columns)
  for (let row = 0; row < count; row++) rowOf(rows, row)[first + row] = 1
  return rows
}

/** By which change of the rows the squared errors of their cosines grow fastest. */
function cosineGradients(left: Matrix, right: Matrix, wanted: Float64Array): { left: Matrix; right: Matrix } {
  const gradients = {
    left: createMatrix(left.rows, left.columns),
    right: createMatrix(right.rows, right.columns),
  }
  for (let row = 0; row < left.rows; row++) {
    const [one, other] = [rowOf(left, row), rowOf(right, row)]
    const [square, otherSquare] = [dot(one, one), dot(other, other)]
    if (square === 0 || otherSquare === 0) continue
    const length = Math.sqrt(square * otherSquare)
    const cosine = dot(one, other) / length
    const error = cosine - wanted[row]!
    const [changes, otherChanges] = [rowOf(gradients.left, row), rowOf(gradients.right, row)]
    for (let column = 0; column < one.length; column++) {
      changes[column] = error * (other[column]! / length - (cosine * one[column]!) / square)
      otherChanges[column] = error * (one[column]! / length - (cosine * other[column]!) / otherSquare)
    }
  }
  return gradients
}
