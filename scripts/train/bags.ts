import type { Matrix } from '../../src/vector/matrix.ts'
import type { Random } from '../random.ts'

/** A text as ids of the table's rows, in any order. */
export type TokenIds = ArrayLike<number>

/** Texts as unit vectors that remember which rows they were made of. */
export interface Bags {
  /** Unit vectors `[texts, columns]`, zeros for an empty text. Doubles: their products are the costly part. */
  readonly units: Float64Array
  /** How long each text's sum was before it became a unit vector. */
  readonly lengths: Float64Array
  /** Row ids of all texts, one after another. */
  readonly ids: Int32Array
  /** Text `t` owns `ids[offsets[t] … offsets[t + 1])`. */
  readonly offsets: Int32Array
}

/**
 * Each text as the sum of its rows, brought to length 1. `dropout` is the chance that a token is left out this
 * time; a text never loses all of them.
 */
export function embedBags(table: Matrix, texts: readonly TokenIds[], dropout: number, random: Random): Bags {
  let capacity = 0
  for (const text of texts) capacity += text.length
  const ids = new Int32Array(capacity)
  const offsets = new Int32Array(texts.length + 1)
  const units = new Float64Array(texts.length * table.columns)
  const lengths = new Float64Array(texts.length)
  let end = 0
  for (let index = 0; index < texts.length; index++) {
    const start = end
    end = keepTokens(texts[index]!, ids, start, dropout, random)
    offsets[index + 1] = end
    lengths[index] = sumRows(table, ids.subarray(start, end), units, index * table.columns)
  }
  return { units, lengths, ids, offsets }
}

function keepTokens(text: TokenIds, ids: Int32Array, start: number, dropout: number, random: Random): number {
  let end = start
  for (let index = 0; index < text.length; index++) {
    if (dropout === 0 || random.next() >= dropout) ids[end++] = text[index]!
  }
  if (end === start && text.length > 0) ids[end++] = text[random.below(text.length)]!
  return end
}

/** Writes the unit vector of the rows' sum at `into[at …]` and returns the sum's length. */
function sumRows(table: Matrix, ids: Int32Array, into: Float64Array, at: number): number {
  const { columns, data } = table
  for (let index = 0; index < ids.length; index++) {
    const row = ids[index]! * columns
    for (let column = 0; column < columns; column++)
      into[at + column] = into[at + column]! + data[row + column]!
  }
  let square = 0
  for (let column = at; column < at + columns; column++) square += into[column]! * into[column]!
  const length = Math.sqrt(square)
  if (length > 0) for (let column = at; column < at + columns; column++) into[column] = into[column]! / length
  return length
}

/** Gradients of the rows that one batch touched. */
export interface RowGradients {
  readonly rows: Int32Array
  readonly gradients: Float32Array
  readonly count: number
}

/**
 * Carries gradients of the unit vectors back to the table's rows, summing over the texts that share a row. The
 * length of a sum does not matter to its unit vector, so only the part across the vector survives.
 */
export function backpropagate(bags: Bags, unitGradients: Float64Array, table: Matrix): RowGradients {
  const { columns } = table
  const slots = new Map<number, number>()
  for (const id of bags.ids.subarray(0, bags.offsets.at(-1))) if (!slots.has(id)) slots.set(id, slots.size)
  const gradients = new Float32Array(slots.size * columns)
  const across = new Float64Array(columns)
  for (let text = 0; text < bags.lengths.length; text++) {
    if (!projectAcross(bags, unitGradients, text, across)) continue
    for (let index = bags.offsets[text]!; index < bags.offsets[text + 1]!; index++) {
      const at = slots.get(bags.ids[index]!)! * columns
      for (let column = 0; column < columns; column++) {
        gradients[at + column] = gradients[at + column]! + across[column]!
      }
    }
  }
  return { rows: Int32Array.from(slots.keys()), gradients, count: slots.size }
}

/** Fills `across` with the gradient of text `text`'s sum; false when there is nothing to learn from it. */
function projectAcross(bags: Bags, unitGradients: Float64Array, text: number, across: Float64Array): boolean {
  const columns = across.length
  const at = text * columns
  const length = bags.lengths[text]!
  if (length === 0) return false
  let along = 0
  let any = false
  for (let column = 0; column < columns; column++) {
    const gradient = unitGradients[at + column]!
    along += gradient * bags.units[at + column]!
    any ||= gradient !== 0
  }
  for (let column = 0; any && column < columns; column++) {
    across[column] = (unitGradients[at + column]! - along * bags.units[at + column]!) / length
  }
  return any
}
