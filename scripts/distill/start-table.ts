import { createRandom } from '../../src/learning/random.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { LENGTH_SCALE, mixed } from '../train/start.ts'
import { foldTable } from '../train/static-model.ts'
import type { Lexicon } from './lexicon.ts'

/** Of a piece that stands in every text. */
const LEAST_LENGTH = 0.05
const SHARED_PART = 0.5

/** What the first vectors of a table are made of. */
interface StartParts {
  readonly lexicon: Lexicon
  /** By piece: in how many of the `documents` texts it occurs. */
  readonly frequencies: ArrayLike<number>
  readonly documents: number
  /** Unit vectors of single pieces by the teacher, by what they spell. */
  readonly targets: ReadonlyMap<string, Float32Array>
  readonly dimensions: number
  readonly seed: number
}

/**
 * The table before training: each piece as the teacher sees what it spells, as long as it is rare. A Chinese character's
 * vector lies half in the row that it shares with the words it stands in.
 */
export function startStudent({ lexicon, dimensions, ...parts }: StartParts): Matrix {
  const random = createRandom(parts.seed)
  const table = createMatrix(lexicon.rows.count, dimensions)
  lexicon.spelled.forEach((text, piece) => {
    const direction = Float64Array.from({ length: dimensions }, () => random.normal())
    if (text === '') return
    const rarity = Math.log((parts.documents + 1) / Math.max(1, parts.frequencies[piece]!))
    const vector = mixed(direction, parts.targets.get(text), Math.max(LEAST_LENGTH, LENGTH_SCALE * rarity))
    const [own, common] = lexicon.rows.rows[piece] as [number, number | undefined]
    const isShared = common !== undefined && !lexicon.words.has(text)
    const part = common === undefined ? 1 : 1 - SHARED_PART
    rowOf(table, own).set(vector.map((value) => value * part))
    if (isShared) rowOf(table, common).set(vector.map((value) => value * SHARED_PART))
  })
  return table
}

/** One vector a piece, zeros for pieces that spell nothing. */
export function foldStudent(table: Matrix, { rows, spelled }: Lexicon): Matrix {
  const folded = foldTable(table, rows, 0)
  spelled.forEach((text, piece) => {
    if (text === '') rowOf(folded, piece).fill(0)
  })
  return folded
}
