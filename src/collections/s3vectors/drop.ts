import type { Context } from '../../context.ts'
import { readEntry } from './entry.ts'
import { withLock } from './lock.ts'
import { lockName, prefixOf } from './place.ts'
import type { WriteParts } from './write.ts'

/**
 * Deletes a collection when nobody changes it: its entry first, so that nobody finds half of it, then its indexes.
 *
 * @returns `false` when there was none; indexes that a killed writer has left go all the same
 */
export async function dropRows(
  { bucket, place, times }: WriteParts,
  name: string,
  context: Context,
): Promise<boolean> {
  // A place that has no list has no collection, and gets no list by deleting one.
  if (!(await readEntry(bucket, place, name, context))) return false
  const lock = lockName(place, name)
  return withLock(bucket, lock, times, context, async ({ confirm }) => {
    const entry = await readEntry(bucket, place, name, context)
    await confirm(context)
    if (entry) await bucket.remove(place.index, [name], context)
    for (const { index } of await bucket.list(`${prefixOf(place, name)}-`, context))
      if (index !== lock) await bucket.drop(index, context)
    return entry !== undefined
  })
}
