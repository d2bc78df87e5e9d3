import type { Context } from '../../../context.ts'
import type { RecordReader } from '../../../formats/record.ts'
import type { WritableStore } from '../../../storage/store.ts'
import type { EmbedService } from '../../embed.ts'
import type { ShardFormat } from '../formats/shard-format.ts'
import type { JobPlan } from '../plan/plan.ts'
import type { OpenAiDialect } from '../rows/openai-lines.ts'

/** What the work is estimated to cost by, in dollars and megabytes. */
export interface Price {
  readonly memoryMegabytes: number
  readonly usdPerGigabyteSecond: number
}

/** What the batch service is made of; the formats of files are found when a job needs them. */
export interface BatchParts {
  readonly embed: EmbedService
  readonly openAi: OpenAiDialect
  /** The context ends the reads of the reader. */
  openReader(store: WritableStore, plan: JobPlan, context: Context): Promise<RecordReader>
  openFormat(store: WritableStore, plan: JobPlan): Promise<ShardFormat>
  /**
   * Called when every shard of a job is written, before it counts as done; may be called again.
   *
   * @param shards their keys, in the order of the rows
   */
  publish?(store: WritableStore, plan: JobPlan, shards: readonly string[], context: Context): Promise<void>
  readonly price: Price
  /** Attempts without a new shard that ended by death or by the model's fault, after which a job is given up. */
  readonly mostAttempts: number
}
