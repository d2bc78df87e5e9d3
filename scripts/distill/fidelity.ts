import type { Products } from '../../src/learning/products.ts'
import { createRandom } from '../../src/learning/random.ts'
import { spearman } from '../../src/learning/spearman.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { dot } from '../../src/vector/similarity.ts'

/** How near a student's view of texts is to its teacher's. */
export interface Fidelity {
  /** Spearman's correlation of their cosines of pairs of texts, -1 to 1. */
  readonly similarities: number
  /** Share of each text's ten nearest that are among its ten nearest by the teacher, 0 to 1. */
  readonly neighbours: number
}

/** Texts that a student is not taught, as its teacher sees them. */
export interface Probe {
  readonly texts: number
  readonly pairs: number
  /** @param units the student's unit vectors of the texts, one row each */
  measure(units: Matrix): Promise<Fidelity>
}

const NEIGHBOURS = 10
/** Other texts that each text is compared with. */
const DRAWN = 50
/** Rows of a product of cosines that are in memory at a time. */
const CHUNK = 256

/** @param teacher unit vectors, one row a text; at least two */
export async function createProbe(teacher: Matrix, products: Products): Promise<Probe> {
  const random = createRandom(1)
  const pairs = Array.from({ length: teacher.rows * DRAWN }, (_, at) => {
    const one = at % teacher.rows
    return [one, (one + 1 + random.below(teacher.rows - 1)) % teacher.rows] as const
  })
  const cosinesOf = (units: Matrix) =>
    Float64Array.from(pairs, ([one, other]) => dot(rowOf(units, one), rowOf(units, other)))
  const wanted = cosinesOf(teacher)
  const nearest = await nearestOf(teacher, products)
  return {
    texts: teacher.rows,
    pairs: pairs.length,
    async measure(units) {
      let shared = 0
      const found = await nearestOf(units, products)
      nearest.forEach((places, row) => {
        for (const place of places) if (found[row]!.includes(place)) shared += 1
      })
      const all = nearest.reduce((sum, places) => sum + places.length, 0)
      return { similarities: spearman(cosinesOf(units), wanted), neighbours: shared / all }
    },
  }
}

/** The places of each row's nearest others; of equally near ones the first. */
async function nearestOf(units: Matrix, products: Products): Promise<number[][]> {
  const nearest: number[][] = []
  for (let start = 0; start < units.rows; start += CHUNK) {
    const end = Math.min(units.rows, start + CHUNK)
    const some = {
      ...units,
      data: units.data.subarray(start * units.columns, end * units.columns),
      rows: end - start,
    }
    const cosines = await products.timesTransposed(some, units)
    for (let row = 0; row < some.rows; row++) nearest.push(largest(rowOf(cosines, row), start + row))
  }
  return nearest
}

/** The places of the largest values but for one's own, found in one pass. */
function largest(values: Float32Array, own: number): number[] {
  const places: number[] = []
  for (let place = 0; place < values.length; place++) {
    if (place === own) continue
    if (places.length === NEIGHBOURS && values[place]! <= values[places.at(-1)!]!) continue
    let at = places.length
    while (at > 0 && values[places[at - 1]!]! < values[place]!) at -= 1
    places.splice(at, 0, place)
    if (places.length > NEIGHBOURS) places.pop()
  }
  return places
}

/** The first columns of every row, in a matrix of their own; no unit vectors any more. */
export function firstColumns(matrix: Matrix, columns: number): Matrix {
  const cut = createMatrix(matrix.rows, columns)
  for (let row = 0; row < matrix.rows; row++) rowOf(cut, row).set(rowOf(matrix, row).subarray(0, columns))
  return cut
}
