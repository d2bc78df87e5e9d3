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

/** Indices of inputs that have tokens, longest first, equal lengths in input order. */
export function inputsByLength(lengths: ArrayLike<number>): Int32Array {
  const order = new Int32Array(lengths.length)
  let count = 0
  for (let index = 0; index < lengths.length; index++) if (lengths[index]! > 0) order[count++] = index
  return order
    .subarray(0, count)
    .sort((first, second) => lengths[second]! - lengths[first]! || first - second)
}

/** Lays out inputs, at least one, as one padded block with a row for each. */
export function padRows(inputs: readonly TokenizedInput[], padId: number): TokenBatch {
  const sequence = inputs.reduce((longest, { ids }) => Math.max(longest, ids.length), 0)
  const ids = new Int32Array(inputs.length * sequence).fill(padId)
  const lengths = new Int32Array(inputs.length)
  let typeIds: Uint8Array | undefined
  inputs.forEach((input, row) => {
    ids.set(input.ids, row * sequence)
    lengths[row] = input.ids.length
    if (!input.typeIds) return
    typeIds ??= new Uint8Array(ids.length)
    typeIds.set(input.typeIds, row * sequence)
  })
  return { ids, typeIds, lengths, sequence }
}
