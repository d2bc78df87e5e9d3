import { type Context, throwIfDone } from '../../context.ts'
import type { CollectionRow } from '../write.ts'
import type { VectorBucket } from './client.ts'
import type { Entry } from './entry.ts'
import { fromMetadata, isLive } from './metadata.ts'

/** The rows of a version page by page, in no order of their own. Throws AppError as the service does. */
export async function* readRows(
  bucket: VectorBucket,
  entry: Entry,
  context: Context,
): AsyncGenerator<CollectionRow> {
  for (let next: string | undefined, more = true; more; more = next !== undefined) {
    throwIfDone(context)
    const page = await bucket.page(entry.index, next, context)
    for (const { data, metadata } of page.vectors) {
      if (!isLive(metadata, entry)) continue
      const { id, fields } = fromMetadata(metadata)
      yield { id, fields, vector: Float32Array.from(data) }
    }
    next = page.next
  }
}
