import type { Context } from '../../../context.ts'
import type { RecordReader } from '../../../formats/record.ts'
import type { WritableStore } from '../../../storage/store.ts'
import type { JobPlan } from '../plan/plan.ts'
import { type CollectionJobParts, createMatchFormats, refuseEncoding } from './collection-jobs.ts'
import { createJsonFormat } from './json-format.ts'
import { createParquetFormat } from './parquet-format.ts'
import type { ShardFormat } from './shard-format.ts'

/** Opens the form of a job's shards, which its plan decides. */
export function createFormatOpener(parts: CollectionJobParts) {
  const openMatches = createMatchFormats(parts)
  return async (store: WritableStore, plan: JobPlan): Promise<ShardFormat> => {
    refuseEncoding(plan, parts.database)
    if (plan.output === 'parquet') return createParquetFormat(plan)
    return plan.kind === 'match' ? openMatches(store, plan) : createJsonFormat(plan)
  }
}

/** The reader of a job's file, whose reads end with `context`. */
export async function openReader(
  store: WritableStore,
  plan: JobPlan,
  context: Context,
): Promise<RecordReader> {
  const { createRecordReader } = await import('../../../formats/open-records.ts')
  const { bytes, key, input, output } = plan
  const read = (start: number, end: number) => store.read(key, { start, end }, context)
  return createRecordReader(input, { bytes, read }, { values: output === 'parquet' ? 'stored' : 'readable' })
}
