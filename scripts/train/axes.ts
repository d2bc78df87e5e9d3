import type { Products } from '../../src/learning/products.ts'
import { createRandom } from '../../src/learning/random.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'

/** Mean of the rows. */
export function meanRow({ data, rows, columns }: Matrix): Float32Array {
  const sums = new Float64Array(columns)
  for (let at = 0; at < data.length; at++) sums[at % columns]! += data[at]!
  return Float32Array.from(sums, (sum) => sum / rows)
}

/** Rows less `mean`, a new matrix. */
export function centred({ data, rows, columns }: Matrix, mean: Float32Array): Matrix {
  return { data: Float32Array.from(data, (value, at) => value - mean[at % columns]!), rows, columns }
}

/** Rounds of multiplying and straightening: enough for the axes that matter, since what is left out is their sum. */
const ROUNDS = 24

/**
 * The `count` directions along which rows lie widest, widest first, one row each, of length 1 and at right angles. The
 * rows are taken as they are: centre them first where their mean is not to count.
 */
export async function principalAxes(rows: Matrix, count: number, products: Products): Promise<Matrix> {
  return axesOf(await products.transposedTimes(rows, rows), count, products)
}

/** The same of `rowsᵀ · rows`, where there are too many rows for the memory. */
export async function axesOf(square: Matrix, count: number, products: Products): Promise<Matrix> {
  let axes = createMatrix(count, square.columns)
  const random = createRandom(1)
  for (let at = 0; at < axes.data.length; at++) axes.data[at] = random.normal()
  for (let round = 0; round < ROUNDS; round++) {
    axes = straighten(axes)
    axes = await products.times(axes, square)
  }
  axes = straighten(axes)
  // Within the space that was found, the axes themselves.
  const inner = await products.timesTransposed(await products.times(axes, square), axes)
  return products.times(eigenvectors(inner), axes)
}

/** The same space by rows at right angles of length 1 (Gram and Schmidt, twice for the rounding). */
export function straighten(rows: Matrix): Matrix {
  const straight = { ...rows, data: Float32Array.from(rows.data) }
  for (let index = 0; index < rows.rows; index++) {
    const row = rowOf(straight, index)
    scale(row, 1 / Math.sqrt(dot(row, row)))
    for (let pass = 0; pass < 2; pass++) {
      for (let before = 0; before < index; before++) {
        const other = rowOf(straight, before)
        addScaled(row, other, -dot(row, other))
      }
    }
    scale(row, 1 / Math.sqrt(dot(row, row)))
  }
  return straight
}

const SWEEPS = 30
const SMALL_ANGLE = 1e-10

/** Eigenvectors of a symmetric matrix without negative eigenvalues, one a row, largest first (one-sided Jacobi). */
export function eigenvectors(matrix: Matrix): Matrix {
  const size = matrix.rows
  const images = Array.from({ length: size }, (_, row) => Float64Array.from(rowOf(matrix, row)))
  const vectors = images.map((_, row) => new Float64Array(size).fill(1, row, row + 1))
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let turned = false
    for (let one = 0; one < size; one++) {
      for (let other = one + 1; other < size; other++) {
        const angle = angleBetween(images[one]!, images[other]!)
        if (angle === 0) continue
        turned = true
        turn(images[one]!, images[other]!, angle)
        turn(vectors[one]!, vectors[other]!, angle)
      }
    }
    if (!turned) break
  }
  const lengths = images.map((image) => dot(image, image))
  const order = lengths.map((_, row) => row).sort((one, other) => lengths[other]! - lengths[one]!)
  const sorted = createMatrix(size, size)
  order.forEach((from, to) => {
    rowOf(sorted, to).set(vectors[from]!)
  })
  return sorted
}

/** By how much two rows have to be turned within their plane to be at right angles; 0 when they are. */
function angleBetween(one: Float64Array, other: Float64Array): number {
  const product = dot(one, other)
  const [first, second] = [dot(one, one), dot(other, other)]
  if (Math.abs(product) <= SMALL_ANGLE * Math.sqrt(first * second)) return 0
  return 0.5 * Math.atan2(2 * product, first - second)
}

function turn(one: Float64Array, other: Float64Array, angle: number): void {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)]
  for (let column = 0; column < one.length; column++) {
    const [x, y] = [one[column]!, other[column]!]
    one[column] = cosine * x + sine * y
    other[column] = cosine * y - sine * x
  }
}

function scale(row: Float32Array, factor: number): void {
  for (let column = 0; column < row.length; column++) row[column]! *= factor
}

function addScaled(into: Float32Array, row: Float32Array, factor: number): void {
  for (let column = 0; column < into.length; column++) into[column]! += factor * row[column]!
}
