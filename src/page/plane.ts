/** Places of vectors in a plane, and how much of their spread it shows. */
interface Plane {
  /** One `[x, y]` for each vector, in their order. */
  readonly points: readonly (readonly [number, number])[]
  /** The share, 0 to 1, of the variance that the two axes hold; 1 where there is none at all. */
  readonly shown: number
}

/** So many steps settle the direction to far below what a screen shows. */
const STEPS = 200

/**
 * The first two principal components of some vectors of one length: of the plane in which they lie farthest apart. Works
 * on the products of each two vectors, n × n for n of them, so that the number of columns costs little. The same vectors
 * give the same plane.
 */
export function planeOf(vectors: readonly (readonly number[])[]): Plane {
  const products = centredProducts(vectors)
  const total = products.reduce((sum, row, index) => sum + row[index]!, 0)
  const axes = [0, 1].map((seed) => {
    const axis = strongest(products, seed)
    deflate(products, axis)
    return axis
  })
  const points = vectors.map((_, index): [number, number] => {
    const [x = 0, y = 0] = axes.map(({ direction, strength }) => direction[index]! * Math.sqrt(strength))
    return [x, y]
  })
  const held = axes.reduce((sum, { strength }) => sum + strength, 0)
  return { points, shown: total > 1e-12 ? Math.min(1, held / total) : 1 }
}

interface Axis {
  readonly direction: readonly number[]
  readonly strength: number
}

function centredProducts(vectors: readonly (readonly number[])[]): number[][] {
  const columns = vectors[0]?.length ?? 0
  const mean = Array.from({ length: columns }, (_, column) => {
    return vectors.reduce((sum, vector) => sum + vector[column]!, 0) / vectors.length
  })
  const centred = vectors.map((vector) => vector.map((value, column) => value - mean[column]!))
  return centred.map((one) => centred.map((other) => dot(one, other)))
}

/** Power iteration: the direction that the products stretch the most, with a sign that does not depend on chance. */
function strongest(products: readonly (readonly number[])[], seed: number): Axis {
  let direction = unit(products.map((_, index) => Math.cos(1 + seed + index * 1.7)))
  for (let step = 0; step < STEPS; step++) {
    const next = products.map((row) => dot(row, direction))
    if (Math.hypot(...next) < 1e-12) return { direction: products.map(() => 0), strength: 0 }
    direction = unit(next)
  }
  const strength = Math.max(
    0,
    dot(
      direction,
      products.map((row) => dot(row, direction)),
    ),
  )
  const largest = direction.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
  return { direction: largest < 0 ? direction.map((value) => -value) : direction, strength }
}

function deflate(products: number[][], { direction, strength }: Axis): void {
  products.forEach((row, one) => {
    row.forEach((value, other) => {
      row[other] = value - strength * direction[one]! * direction[other]!
    })
  })
}

/** The cosine of the angle between each two vectors; 0 beside a vector of zeros. */
export function cosinesOf(vectors: readonly (readonly number[])[]): number[][] {
  const units = vectors.map(unit)
  return units.map((one) => units.map((other) => dot(one, other)))
}

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector)
  return vector.map((value) => (length > 0 ? value / length : 0))
}

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, index) => sum + value * other[index]!, 0)
}
