import type { Family } from '../fixture-models/families.ts'

/** What the forward pass of a family has to know, stated here a second time on purpose. */
interface ReferenceFamily {
  readonly epsilon: number
  /** The row of the position table for each token. */
  readonly positions: (ids: readonly number[]) => number[]
}

const places: ReferenceFamily['positions'] = (ids) => ids.map((_, place) => place)

/** Tokens are numbered from 2 on; the pad token, 1, is not counted and has the number 1. */
const counted: ReferenceFamily['positions'] = (ids) => {
  let last = 1
  return ids.map((id) => {
    if (id === 1) return 1
    last += 1
    return last
  })
}

/** The five families. */
export const REFERENCE_FAMILIES: Readonly<Record<Family, ReferenceFamily>> = {
  bert: { epsilon: 1e-12, positions: places },
  distilbert: { epsilon: 1e-12, positions: places },
  mpnet: { epsilon: 1e-5, positions: counted },
  roberta: { epsilon: 1e-5, positions: counted },
  'xlm-roberta': { epsilon: 1e-5, positions: counted },
}

/**
 * The row of MPNet's table for what the token at `from` takes from the token at `to`: 16 rows for tokens before
 * and 16 for tokens after. Distances below 8 have a row each; from there on a row ends where the distance has
 * grown by the factor √2, and the last has no end.
 */
export function distanceBucket(from: number, to: number): number {
  const side = to > from ? 16 : 0
  const distance = Math.abs(to - from)
  if (distance < 8) return side + distance
  let step = 0
  while (step < 7 && distance ** 2 >= 64 * 2 ** (step + 1)) step += 1
  return side + 8 + step
}
