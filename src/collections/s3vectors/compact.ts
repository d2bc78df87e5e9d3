import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, outOfTime, throwIfDone } from '../../context.ts'
import { noCollection } from '../required.ts'
import type { VectorBucket } from './client.ts'
import type { Entry } from './entry.ts'
import { LIMITS } from './limits.ts'
import { isLive, NAMES, NEVER } from './metadata.ts'
import { createPutter } from './putter.ts'
import { change, type WriteParts } from './write.ts'

/**
 * Deletes the rows that count no more, and forgets the changes that were broken off. Readers of the version before
 * have their time first.
 *
 * @returns the entry, and how many rows were deleted
 * @throws AppError `invalid_request` when there is no such collection
 */
export async function compactRows(
  parts: WriteParts,
  name: string,
  context: Context,
): Promise<Entry & { deleted: number }> {
  let deleted = 0
  const after = await change(parts, name, context, async (before, lock) => {
    if (!before) throw noCollection('The vector bucket of COLLECTIONS', name)
    const { started, visible, broken } = before
    const seen = { visible, broken: started > visible ? [...broken, started] : broken }
    await sleep(parts.times.settleMs, undefined, { signal: context.signal }).catch(() => {
      throw outOfTime(context)
    })
    const putter = createPutter(parts.bucket, before.index, context)
    for (let next: string | undefined, more = true; more; more = next !== undefined) {
      throwIfDone(context)
      await lock.confirm(context)
      const page = await parts.bucket.page(before.index, next, context)
      const gone = page.vectors.filter(({ metadata }) => !isLive(metadata, seen))
      await removeAll(
        parts.bucket,
        before.index,
        gone.map(({ key }) => key),
        context,
      )
      deleted += gone.length
      for (const row of page.vectors)
        if (isLive(row.metadata, seen) && row.metadata[NAMES.until] !== NEVER)
          await putter.push({ ...row, metadata: { ...row.metadata, [NAMES.until]: NEVER } })
      next = page.next
    }
    await putter.end()
    const version = before.version + 1
    return { ...before, version, broken: [], visible: started, changedAt: Date.now() }
  })
  return { ...after, deleted }
}

async function removeAll(bucket: VectorBucket, index: string, keys: readonly string[], context: Context) {
  for (let start = 0; start < keys.length; start += LIMITS.write)
    await bucket.remove(index, keys.slice(start, start + LIMITS.write), context)
}
