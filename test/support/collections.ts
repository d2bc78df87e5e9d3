import type { CollectionModel } from '../../src/collections/manifest.ts'
import type { CollectionRow } from '../../src/collections/write.ts'
import { createRandom } from '../../src/learning/random.ts'

/** A model that made nothing, for collections of tests. */
export const collectionModel = (dimensions: number): CollectionModel => ({
  id: 'small',
  revision: '0'.repeat(40),
  precision: 'float32',
  dimensions,
})

/** Rows one by one, as a file is read. */
export async function* rowsOf(rows: Iterable<CollectionRow>): AsyncGenerator<CollectionRow> {
  yield* rows
}

/** A unit vector of any direction, which depends on `seed` alone. */
export function unitVector(dimensions: number, seed: number): Float32Array {
  const random = createRandom(Math.round(seed * 64))
  const vector = Float32Array.from({ length: dimensions }, () => random.normal())
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** Rows whose ids are their numbers from 0 behind `prefix`, each with a direction of its own. */
export function numberedRows(
  count: number,
  dimensions: number,
  fieldsOf: (row: number) => CollectionRow['fields'],
  prefix = '',
): AsyncGenerator<CollectionRow> {
  const rowAt = (row: number) => ({
    id: `${prefix}${row}`,
    fields: fieldsOf(row),
    vector: unitVector(dimensions, row),
  })
  return rowsOf(Array.from({ length: count }, (_, row) => rowAt(row)))
}
