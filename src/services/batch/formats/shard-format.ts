import type { Context } from '../../../context.ts'
import type { Matrix } from '../../../vector/matrix.ts'
import type { FinishedRow } from '../rows/row-lines.ts'

/** The form of output shards. */
export interface ShardFormat {
  /** `jsonl`, `parquet` */
  readonly extension: string
  /** Begins a shard. */
  open(): ShardBody
}

/** One output shard that grows by groups of rows. */
interface ShardBody {
  /** `vectors` has all vectors of `rows`; it may be released afterwards. */
  add(rows: readonly FinishedRow[], vectors: Matrix, context: Context): Promise<void>
  /** What is to be said of rows that were added, by kind, and of how many rows; nothing when absent. */
  notes?(): Readonly<Record<string, number>>
  /** The bytes of the whole shard, in memory of their own. Called once, last. */
  finish(): Promise<Uint8Array>
}
