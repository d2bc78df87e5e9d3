import { createMatrix, type Matrix, rowOf } from '../vector/matrix.ts'

/** A text as ids of the table's rows, in any order. */
export type TokenIds = ArrayLike<number>

/** Texts as unit vectors that remember which rows they were made of. */
interface Bags {
  /** Unit vectors, one row a text, zeros for an empty one. */
  readonly units: Matrix
  /** How long each text's sum was before it became a unit vector. */
  readonly lengths: Float64Array
  /** Row ids of all texts, one after another. */
  readonly ids: Int32Array
  /** Text `t` owns `ids[offsets[t] … offsets[t + 1])`. */
  readonly offsets: Int32Array
}

/** Each text as the sum of its rows, brought to length 1. */
export function embedBags(table: Matrix, texts: readonly TokenIds[]): Bags {
  let capacity = 0
  for (const text of texts) capacity += text.length
  const ids = new Int32Array(capacity)
  const offsets = new Int32Array(texts.length + 1)
  const units = createMatrix(texts.length, table.columns)
  const lengths = new Float64Array(texts.length)
  let end = 0
  for (let index = 0; index < texts.length; index++) {
    const start = end
    ids.set(texts[index]!, start)
    end += texts[index]!.length
    offsets[index + 1] = end
    lengths[index] = sumRows(table, ids.subarray(start, end), rowOf(units, index))
  }
  return { units, lengths, ids, offsets }
}

/** Writes the unit vector of the rows' sum into `unit` and returns the sum's length. */
function sumRows(table: Matrix, ids: Int32Array, unit: Float32Array): number {
  const { columns, data } = table
  for (let index = 0; index < ids.length; index++) {
    const row = ids[index]! * columns
    for (let column = 0; column < columns; column++) unit[column] = unit[column]! + data[row + column]!
  }
  let square = 0
  for (let column = 0; column < columns; column++) square += unit[column]! * unit[column]!
  const length = Math.sqrt(square)
  if (length > 0) for (let column = 0; column < columns; column++) unit[column] = unit[column]! / length
  return length
}

/** Gradients of the rows that one batch touched. */
interface RowGradients {
  readonly rows: Int32Array
  readonly gradients: Float32Array
  readonly count: number
}

/**
 * Carries gradients of the unit vectors back to the table's rows, summing over the texts that share a row. The
 * length of a sum does not matter to its unit vector, so only the part across the vector survives.
 */
export function backpropagate(bags: Bags, unitGradients: Matrix): RowGradients {
  const { columns } = unitGradients
  const slots = new Map<number, number>()
  for (const id of bags.ids.subarray(0, bags.offsets.at(-1))) if (!slots.has(id)) slots.set(id, slots.size)
  const gradients = new Float32Array(slots.size * columns)
  const across = new Float64Array(columns)
  for (let text = 0; text < bags.lengths.length; text++) {
    if (!projectAcross(bags, unitGradients.data, text, across)) continue
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
function projectAcross(bags: Bags, unitGradients: Float32Array, text: number, across: Float64Array): boolean {
  const columns = across.length
  const at = text * columns
  const length = bags.lengths[text]!
  if (length === 0) return false
  let along = 0
  let any = false
  for (let column = 0; column < columns; column++) {
    const gradient = unitGradients[at + column]!
    along += gradient * bags.units.data[at + column]!
    any ||= gradient !== 0
  }
  for (let column = 0; any && column < columns; column++) {
    across[column] = (unitGradients[at + column]! - along * bags.units.data[at + column]!) / length
  }
  return any
}
