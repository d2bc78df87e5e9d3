import type { Context } from '../../../context.ts'
import { AppError } from '../../../errors.ts'
import { parseExactJson } from '../../../formats/exact-json.ts'
import type { WritableStore } from '../../../storage/store.ts'
import { readText } from '../plan/objects.ts'
import { idOf } from '../rows/row.ts'

/** A row of a finished `collection` job. */
interface CollectedRow {
  /** The row's own column `id`, or its position in the file where that is empty. */
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly vector: Float32Array
}

/**
 * The rows of a job's shards, one shard in memory at a time; their vectors are in base64.
 *
 * @param shards their keys, in order
 */
export async function* readShardRows(
  store: WritableStore,
  shards: readonly string[],
  context: Context,
): AsyncGenerator<CollectedRow, void> {
  for (const shard of shards) {
    const text = await readText(store, shard, context)
    if (text === undefined) {
      throw new AppError(
        'artifact_missing',
        `${store.name} has no shard ${shard}, which this job wrote; nothing was published; start the job anew.`,
        { details: { key: shard } },
      )
    }
    for (const line of text.split('\n')) if (line !== '') yield parseRow(line)
  }
}

function parseRow(line: string): CollectedRow {
  // Members have the columns that were sent; what a job says of a row stays in its shard.
  const { index, embedding, id, truncated: _, ...fields } = parseExactJson(line) as Record<string, unknown>
  const bytes = Buffer.from(String(embedding), 'base64')
  // A buffer's memory may begin at any byte; floats must not.
  return {
    id: idOf({ id }, Number(index)),
    fields,
    vector: new Float32Array(Uint8Array.from(bytes).buffer),
  }
}
