import { toLines } from './lines-out.ts'
import type { ShardFormat } from './parts.ts'
import type { JobPlan } from './plan.ts'

/** Shards of JSON lines. */
export function createJsonFormat(plan: JobPlan): ShardFormat {
  return {
    extension: 'jsonl',
    encode: async (rows, vectors) => toLines(rows, vectors, plan),
  }
}
