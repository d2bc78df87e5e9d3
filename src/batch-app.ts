import { type Core, openCore } from './app.ts'
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import type { ByteSource } from './formats/byte-source.ts'
import type { RecordReader } from './formats/record.ts'
import { createOpenAiLines } from './http/openai-batch.ts'
import type { Catalog } from './models/catalog/catalog.ts'
import { type BatchService, createBatchService } from './services/batch/batch.ts'
import { createMatchFormats, publishCollection } from './services/batch/formats/collection-jobs.ts'
import { createJsonFormat } from './services/batch/formats/json-format.ts'
import { createParquetFormat } from './services/batch/formats/parquet-format.ts'
import type { JobPlan } from './services/batch/plan/plan.ts'
import { createSplitService, type SplitService } from './services/batch/split.ts'
import type { BatchParts } from './services/batch/work/parts.ts'
import { createEmbedService } from './services/embed.ts'
import type { WritableStore } from './storage/store.ts'

/** The program that turns files into vectors, but for its door. */
export interface BatchApp extends Core {
  readonly batch: BatchService
  /** The same over pieces of a large file. */
  readonly split: SplitService
  /** The objects of a bucket of S3; one store for each bucket. */
  openBucket(bucket: string): Promise<WritableStore>
}

/** A batch service over the models of a configuration. */
export function createBatchApp(config: Config): BatchApp {
  const core = openCore(config)
  const embed = createEmbedService(core)
  const parts = {
    ...core,
    embed,
    openAi: createOpenAiLines(embed),
    openReader,
    openFormat: formatOpener(config, core.catalog),
    publish: publishCollection,
    price: config,
    mostAttempts: config.mostAttempts,
    rangeBytes: config.rangeBytes,
  }
  const [batch, split] = [createBatchService(parts), createSplitService(parts)]
  return { ...core, batch, split, openBucket: bucketOpener(config) }
}

function bucketOpener({ s3Endpoint: endpoint }: Config): BatchApp['openBucket'] {
  const stores = new Map<string, WritableStore>()
  return async (bucket) => {
    const { createS3Store } = await import('./storage/s3.ts')
    const store = stores.get(bucket) ?? createS3Store({ bucket, prefix: '', endpoint })
    stores.set(bucket, store)
    return store
  }
}

/** The form of a job's shards. */
function formatOpener(
  { threads, collectionBudgetBytes: budgetBytes }: Config,
  catalog: Catalog,
): BatchParts['openFormat'] {
  const openMatches = createMatchFormats({ catalog, budgetBytes, threads })
  return async (store, plan) => {
    if (plan.output === 'parquet') return createParquetFormat(plan)
    return plan.kind === 'match' ? openMatches(store, plan) : createJsonFormat(plan)
  }
}

/** The reader of a job's file. */
async function openReader(store: WritableStore, plan: JobPlan, context: Context): Promise<RecordReader> {
  const { createRecordReader } = await import('./formats/open-records.ts')
  const values = plan.output === 'parquet' ? 'stored' : 'readable'
  return createRecordReader(plan.input, sourceOf(store, plan, context), { values })
}

function sourceOf(store: WritableStore, { bytes, key }: JobPlan, context: Context): ByteSource {
  return { bytes, read: (start, end) => store.read(key, { start, end }, context) }
}
