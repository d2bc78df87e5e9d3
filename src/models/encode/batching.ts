import type { TokenizedInput } from '../../tokenizer/tokenizer.ts'
import type { TokenBatch } from '../runtime/token-batch.ts'

/**
 * Groups inputs for the graph: sorted by length, so that little is padded, each batch filled up to `tokenBudget`
 * padded tokens (rows × longest row). An input longer than the budget gets a batch of its own; inputs without
 * tokens get none.
 *
 * @param lengths tokens per input
 * @param tokenBudget most padded tokens in one run, at least 1
 * @returns input indices per batch, the longest batch first, so that the runtime's memory is sized once
 */
export function planBatches(lengths: ArrayLike<number>, tokenBudget: number): Int32Array[] {
  const order = inputsByLength(lengths)
  const batches: Int32Array[] = []
  for (let start = 0; start < order.length; ) {
    const longest = lengths[order[start]!]!
    const rows = Math.max(1, Math.floor(tokenBudget / longest))
    batches.push(order.subarray(start, start + rows))
    start += rows
  }
  return batches
}

/** One input per batch, in input order: no vector depends on a neighbour or on padding. */
export function planSingles(lengths: ArrayLike<number>): Int32Array[] {
  const batches: Int32Array[] = []
  for (let index = 0; index < lengths.length; index++) {
    if (lengths[index]! > 0) batches.push(Int32Array.of(index))
  }
  return batches
}

/** Indices of inputs that have tokens, longest first, equal lengths in input order. */
function inputsByLength(lengths: ArrayLike<number>): Int32Array {
  const order = new Int32Array(lengths.length)
  let count = 0
  for (let index = 0; index < lengths.length; index++) if (lengths[index]! > 0) order[count++] = index
  return order
    .subarray(0, count)
    .sort((first, second) => lengths[second]! - lengths[first]! || first - second)
}

/** Lays out the inputs `batch` of a window, whose first is the longest, as one padded block. */
export function padBatch(window: readonly TokenizedInput[], batch: Int32Array, padId: number): TokenBatch {
  const sequence = window[batch[0]!]!.ids.length
  const ids = new Int32Array(batch.length * sequence).fill(padId)
  const lengths = new Int32Array(batch.length)
  let typeIds: Uint8Array | undefined
  batch.forEach((index, row) => {
    const input = window[index]!
    ids.set(input.ids, row * sequence)
    lengths[row] = input.ids.length
    if (!input.typeIds) return
    typeIds ??= new Uint8Array(ids.length)
    typeIds.set(input.typeIds, row * sequence)
  })
  return { ids, typeIds, lengths, sequence }
}
