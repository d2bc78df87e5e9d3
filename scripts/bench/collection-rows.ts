import type { CollectionRow } from '../../src/collections/write.ts'
import { createRandom } from '../../src/learning/random.ts'

/** What {@link groupedVectors} draws. */
interface VectorWishes {
  readonly dimensions: number
  /** How many groups; those of one count of groups have the same centres whatever the seed. */
  readonly groups: number
  readonly seed: number
}

/** Unit vectors in groups, as texts of one kind are: of vectors that are all alike far apart, no row is nearest. */
export function* groupedVectors(
  count: number,
  { dimensions, groups, seed }: VectorWishes,
): Generator<Float32Array> {
  const random = createRandom(seed)
  const centres = createRandom(1)
  const draw = ({ normal }: typeof random) => Float32Array.from({ length: dimensions }, () => normal())
  const middles = Array.from({ length: groups }, () => draw(centres))
  for (let row = 0; row < count; row++) {
    const middle = middles[(row * 7919) % groups]!
    const vector = draw(random)
    let square = 0
    for (let at = 0; at < dimensions; at++) {
      vector[at]! += middle[at]!
      square += vector[at]! ** 2
    }
    const scale = 1 / Math.sqrt(square)
    for (let at = 0; at < dimensions; at++) vector[at]! *= scale
    yield vector
  }
}

/** Such vectors as rows: `years` is 0 to 99, so that one of them keeps 1 %, and `half` is true of 60 %. */
export async function* groupedRows(count: number, wishes: VectorWishes): AsyncGenerator<CollectionRow> {
  let id = 0
  for (const vector of groupedVectors(count, wishes)) {
    yield { id: `${id}`, fields: { years: id % 100, half: id % 5 < 3 }, vector }
    id++
  }
}

/** Filters of those rows, as `/match` hands them down. */
export const ROW_FILTERS = {
  one: {
    key: '1',
    conditions: { years: { equals: 7 } },
    keeps: ({ years }: Readonly<Record<string, unknown>>) => years === 7,
  },
  most: {
    key: '60',
    conditions: { half: { equals: true } },
    keeps: ({ half }: Readonly<Record<string, unknown>>) => half === true,
  },
} as const
