import { createLines } from './lines-out.ts'
import type { ShardFormat } from './parts.ts'
import type { JobPlan } from './plan.ts'

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
