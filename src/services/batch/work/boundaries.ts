import type { Context } from '../../../context.ts'
import type { Store } from '../../../storage/store.ts'

/** Bytes of one read from the store; most lines are shorter. */
const WINDOW_BYTES = 64 * 1024
const NEWLINE = 10

/**
 * Where the first line begins at `from` or after it; `bytes` when none does. Asks for a window around `from`, and for
 * more only where a line is longer.
 *
 * @param bytes size of the object
 */
export async function nextLineStart(
  store: Store,
  key: string,
  from: number,
  bytes: number,
  context: Context,
): Promise<number> {
  if (from <= 0) return 0
  // The byte before tells whether a line begins right here.
  for (let start = from - 1; start < bytes; start += WINDOW_BYTES) {
    const end = Math.min(bytes, start + WINDOW_BYTES)
    let position = start
    for await (const chunk of await store.read(key, { start, end }, context)) {
      const found = chunk.indexOf(NEWLINE)
      if (found >= 0) return Math.min(bytes, position + found + 1)
      position += chunk.length
    }
  }
  return bytes
}
