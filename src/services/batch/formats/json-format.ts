import type { JobPlan } from '../plan/plan.ts'
import { createLines } from '../rows/row-lines.ts'
import type { ShardFormat } from './shard-format.ts'

/** Shards of JSON lines. */
export function createJsonFormat(plan: JobPlan): ShardFormat {
  return {
    extension: 'jsonl',
    open() {
      const lines = createLines(plan)
      return {
        add: async (rows, vectors) => lines.add(rows, vectors),
        finish: async () => lines.bytes(),
      }
    },
  }
}
