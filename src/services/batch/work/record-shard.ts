import { type Metrics, ROW_ERROR_CODES } from '../../../metrics.ts'
import type { JobPlan } from '../plan/plan.ts'
import type { WrittenShard } from './worker.ts'

/** Adds what one shard did to the metrics of its model; tokens and times are there already, from the embed service. */
export function recordShard(
  { model }: JobPlan,
  { before, checkpoint, bytes, milliseconds }: WrittenShard,
  metrics: Metrics,
): void {
  metrics.add(model.id, 'Rows', checkpoint.rows - before.rows)
  metrics.add(model.id, 'RowErrors', checkpoint.errors - before.errors)
  for (const code of ROW_ERROR_CODES) {
    const count = (checkpoint.codes[code] ?? 0) - (before.codes[code] ?? 0)
    if (count > 0) metrics.add(model.id, `RowErrors/${code}`, count)
  }
  metrics.add(model.id, 'Shards', 1)
  metrics.add(model.id, 'ShardTime', milliseconds)
  metrics.add(model.id, 'OutputBytes', bytes)
  metrics.add(model.id, 'Retries', checkpoint.retries - before.retries)
}

/** Adds the time since the last shard, the work that is lost when a worker ends here. */
export function recordLag({ model }: JobPlan, writtenAt: number, metrics: Metrics): void {
  metrics.add(model.id, 'CheckpointLag', performance.now() - writtenAt)
}
