import { embedBags, type TokenIds } from '../../src/learning/bags.ts'
import type { Products } from '../../src/learning/products.ts'
import { createRandom } from '../../src/learning/random.ts'
import { createMatrix, type Matrix, rowOf } from '../../src/vector/matrix.ts'
import { normalizeRows } from '../../src/vector/normalize.ts'
import type { Gloss } from './chinese-data.ts'
import { ridge } from './ridge.ts'
import type { PieceRows } from './shared-rows.ts'
import { foldTable } from './static-model.ts'
import type { Teacher } from './teacher.ts'
import type { Targets } from './teacher-space.ts'
import { SPECIAL_TOKENS, type Vocabulary } from './vocabulary.ts'

const LATIN = /^[a-z0-9]+$/
const ONE_HAN_CHARACTER = /^[\u3007\p{Script=Han}]$/u
/** How much of a random direction comes to what a teacher says, so that pieces of one meaning stay apart. */
const NOISE = 0.3
/** Lengths of new vectors: log inverse document frequency, over 4. Rare pieces count for much. */
export const LENGTH_SCALE = 0.25
/** A word that training texts hardly have is at least so long before scaling by `WORD_PART`. */
const LEAST_WORD_LENGTH = 0.2
const WORD_PART = 0.5
const SHARED_PART = 0.5
const MOST_GLOSSES = 4
const PENALTY = 3

/** What the first vectors of a table are made of. */
interface StartParts {
  readonly vocabulary: Vocabulary
  readonly shared: PieceRows
  readonly dimensions: number
  /** By piece: how many of `documents` texts it occurs in. */
  readonly frequencies: ArrayLike<number>
  readonly documents: number
  readonly targets: Targets
  /** Vectors of Chinese characters, by piece, in the model's columns. */
  readonly characters: ReadonlyMap<string, Float32Array>
  readonly glosses: ReadonlyMap<string, readonly Gloss[]>
  /** The pieces of a text. */
  readonly idsOf: (text: string) => TokenIds
  readonly seed: number
}

/**
 * The table before training: English pieces as teachers see the words that they spell, Chinese characters carried over
 * from a Chinese model, Chinese words as their English meanings; everything as long as it is rare.
 */
export function startTable(parts: StartParts): Matrix {
  const { vocabulary, shared, dimensions } = parts
  const random = createRandom(parts.seed)
  const table = createMatrix(shared.count, dimensions)
  const lengthOf = (piece: number) =>
    LENGTH_SCALE * Math.log(parts.documents / Math.max(1, parts.frequencies[piece]!))
  vocabulary.pieces.forEach((text, piece) => {
    const direction = Float64Array.from({ length: dimensions }, () => random.normal())
    if (vocabulary.words.has(text)) return
    const bare = text.replace(/^##/, '')
    const seen = LATIN.test(bare) ? parts.targets.get(bare) : parts.characters.get(bare)
    const vector = mixed(direction, seen, lengthOf(piece))
    const [own, common] = shared.rows[piece] as [number, number | undefined]
    const part = common === undefined ? 1 : 1 - SHARED_PART
    rowOf(table, own).set(vector.map((value) => value * part))
    if (common !== undefined) rowOf(table, common).set(vector.map((value) => value * SHARED_PART))
  })
  startWords(table, parts, lengthOf)
  return table
}

/** The words' own rows: what their first glosses mean; their characters come on top. */
function startWords(table: Matrix, parts: StartParts, lengthOf: (piece: number) => number): void {
  const folded = foldTable(table, parts.shared, SPECIAL_TOKENS.length)
  parts.vocabulary.pieces.forEach((text, piece) => {
    if (!parts.vocabulary.words.has(text)) return
    const glosses = (parts.glosses.get(text) ?? []).slice(0, MOST_GLOSSES)
    const { units } = embedBags(
      folded,
      glosses.map((gloss) => parts.idsOf(gloss.text)),
    )
    const sum = createMatrix(1, table.columns)
    for (let at = 0; at < units.data.length; at++) {
      sum.data[at % table.columns]! += units.data[at]! / (1 + Math.floor(at / table.columns))
    }
    normalizeRows(sum)
    const length = WORD_PART * Math.max(lengthOf(piece), LEAST_WORD_LENGTH)
    rowOf(table, parts.shared.rows[piece]![0]!).set(sum.data.map((value) => value * length))
  })
}

/** By piece: in how many of the documents it occurs; and how many documents there are. */
export function countDocuments(documents: readonly TokenIds[], pieces: number) {
  const frequencies = new Int32Array(pieces)
  for (const ids of documents) for (const id of new Set(Array.from(ids))) frequencies[id]! += 1
  return { frequencies, documents: documents.length }
}

/** A vector of the length: a direction alone, or what was seen with some of the direction. */
export function mixed(direction: Float64Array, seen: Float32Array | undefined, length: number): Float64Array {
  const unit = (vector: Float64Array) => {
    const size = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
    return vector.map((value) => value / size)
  }
  const noise = unit(direction)
  const whole = seen ? unit(noise.map((value, column) => seen[column]! + NOISE * value)) : noise
  return whole.map((value) => value * length)
}

/**
 * Chinese characters in the model's columns: a Chinese model's vectors, carried over by the map that takes its vectors of
 * Chinese sentences to the targets of the English ones that they translate.
 */
export async function carryCharacters(
  teacher: Teacher,
  pieces: readonly string[],
  translations: ReadonlyMap<string, string>,
  targets: Targets,
  products: Products,
): Promise<Map<string, Float32Array>> {
  const sentences = [...translations.keys()]
  const characters = pieces.filter((piece) => ONE_HAN_CHARACTER.test(piece))
  const known = withOne(await teacher.vectorsOf('sentences', sentences))
  const wanted = createMatrix(sentences.length, targets.get([...translations.values()][0]!)!.length)
  sentences.forEach((sentence, row) => {
    rowOf(wanted, row).set(targets.get(translations.get(sentence)!)!)
  })
  const map = await ridge(known, wanted, PENALTY, products)
  const carried = await products.times(withOne(await teacher.vectorsOf('characters', characters)), map)
  normalizeRows(carried)
  return new Map(characters.map((character, row) => [character, rowOf(carried, row)]))
}

/** Rows with a 1 behind them, so that a map can move them, too. */
function withOne({ data, rows, columns }: Matrix): Matrix {
  const wider = createMatrix(rows, columns + 1)
  for (let row = 0; row < rows; row++) {
    rowOf(wider, row).set(data.subarray(row * columns, (row + 1) * columns))
    rowOf(wider, row)[columns] = 1
  }
  return wider
}
