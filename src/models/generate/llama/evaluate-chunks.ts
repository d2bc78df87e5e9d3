import type { IsStopped } from './answer.ts'
import type { LlamaRuntime } from './runtime.ts'

/** Puts a prompt into the cache, chunk by chunk; `false` when it was stopped between two of them. */
export async function evaluateChunks(
  { evaluate }: Pick<LlamaRuntime, 'evaluate'>,
  tokens: readonly number[],
  chunkTokens: number,
  isStopped: IsStopped,
): Promise<boolean> {
  for (let from = 0; from < tokens.length; from += chunkTokens) {
    if (isStopped()) return false
    await evaluate(tokens.slice(from, from + chunkTokens))
  }
  return !isStopped()
}
