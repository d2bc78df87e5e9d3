import { text } from 'node:stream/consumers'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../errors.ts'
import type { WritableStore } from '../../../storage/store.ts'

/** The text of an object, or `undefined` when there is none. */
export async function readText(
  store: WritableStore,
  key: string,
  context: Context,
): Promise<string | undefined> {
  try {
    return await text(await store.read(key, undefined, context))
  } catch (error) {
    // A store that refuses to be read has a reason beside the key.
    if (error instanceof AppError && error.code === 'artifact_missing' && !error.details.answer)
      return undefined
    throw error
  }
}

/** An object as the bytes of readable JSON. */
export function toJsonBytes(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
}
