import { type Core, openCore } from './app.ts'
import { openCollectionDatabase } from './collection-places.ts'
import type { Config } from './config.ts'
import { createOpenAiLines } from './http/openai-batch.ts'
import { type BatchService, type BatchServiceParts, createBatchService } from './services/batch/batch.ts'
import { createPublisher } from './services/batch/formats/collection-jobs.ts'
import { createFormatOpener, openReader } from './services/batch/formats/open-formats.ts'
import { createSplitService, type SplitService } from './services/batch/split.ts'
import { createEmbedService } from './services/embed.ts'
import type { WritableStore } from './storage/store.ts'

/** The program that turns files into vectors, without its entry point. */
export interface BatchApp extends Core {
  readonly batch: BatchService
  /** The same over pieces of a large file. */
  readonly split: SplitService
  /** What both are made of. */
  readonly parts: BatchServiceParts
  /** The objects of a bucket of S3; one store for each bucket. */
  openBucket(bucket: string): Promise<WritableStore>
  /** Releases models, and connections to a database of collections. */
  close(): Promise<void>
}

/** A batch service over the models of a configuration, in an engine of this thread unless `open` has another. */
export function createBatchApp(config: Config, open?: Parameters<typeof openCore>[1]): BatchApp {
  const core = openCore(config, open)
  const embed = createEmbedService(core)
  const database = openCollectionDatabase(config)
  const parts = {
    ...core,
    embed,
    openAi: createOpenAiLines(embed),
    openReader,
    openFormat: createFormatOpener({
      catalog: core.catalog,
      budgetBytes: config.collectionBudgetBytes,
      threads: config.threads,
      database,
    }),
    publish: createPublisher(database),
    price: config,
    mostAttempts: config.mostAttempts,
    rangeBytes: config.rangeBytes,
  }
  const [batch, split] = [createBatchService(parts), createSplitService(parts)]
  return {
    ...core,
    parts,
    batch,
    split,
    openBucket: bucketOpener(config),
    async close() {
      await core.engine.close()
      await database?.close()
    },
  }
}

/** Opens buckets of S3 by name, each once. */
export function bucketOpener({ s3Endpoint: endpoint }: Config): BatchApp['openBucket'] {
  const stores = new Map<string, WritableStore>()
  return async (bucket) => {
    const { createS3Store } = await import('./storage/s3.ts')
    const store = stores.get(bucket) ?? createS3Store({ bucket, prefix: '', endpoint })
    stores.set(bucket, store)
    return store
  }
}
