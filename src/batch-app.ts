import { type Core, openCore } from './app.ts'
import { openCollectionDatabase } from './collection-places.ts'
import type { Config } from './config.ts'
import type { LanguageModels } from './generate-open.ts'
import { createOpenAiLines } from './http/openai-batch.ts'
import { judgeSettingsOf } from './judge-settings.ts'
import { once } from './once.ts'
import { type BatchService, type BatchServiceParts, createBatchService } from './services/batch/batch.ts'
import { createPublisher } from './services/batch/formats/collection-jobs.ts'
import { createFormatOpener, openReader } from './services/batch/formats/open-formats.ts'
import { createSplitService, type SplitService } from './services/batch/split.ts'
import { createEmbedService } from './services/embed.ts'
import type { JudgeModels, JudgeService } from './services/judge/judge.ts'
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

/** What judges the matches of jobs, and its end. */
interface JudgeOfJobs {
  /** Loads what judges, with the first job that asks for it. */
  readonly judge: () => Promise<JudgeService>
  close(): Promise<void>
}

/**
 * A batch service over the models of a configuration.
 *
 * @param judges what judges where a job asks for it; models of GENERATE_ENDPOINT alone when absent
 * @param open the engine; one of this thread when absent
 */
export function createBatchApp(
  config: Config,
  judges: (core: Core) => JudgeOfJobs = () => remoteJudges(config),
  open?: Parameters<typeof openCore>[1],
): BatchApp {
  const core = openCore(config, open)
  const { judge, close: closeJudges } = judges(core)
  const embed = createEmbedService(core)
  const database = openCollectionDatabase(config)
  const parts = {
    ...core,
    judge,
    embed,
    openAi: createOpenAiLines(embed),
    openReader,
    openFormat: createFormatOpener({
      catalog: core.catalog,
      budgetBytes: config.collectionBudgetBytes,
      threads: config.threads,
      database,
      judge,
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
      await closeJudges()
      await core.engine.close()
      await database?.close()
    },
  }
}

function remoteJudges(config: Config): JudgeOfJobs {
  const judge = once(async () => {
    const { openRemoteJudges } = await import('./remote-judges.ts')
    return createJudge(openRemoteJudges(config), config)
  })
  return { judge, close: async () => {} }
}

/**
 * Judges of this machine, too, which run the program of llama.cpp.
 *
 * @param program its path
 */
export function localJudges(config: Config, program: string): (core: Core) => JudgeOfJobs {
  return ({ engine }) => {
    let opened: LanguageModels | undefined
    const judge = once(async () => {
      const { openLanguageModels } = await import('./generate-open.ts')
      opened = openLanguageModels(config, engine, program)
      return createJudge(opened.judges, config)
    })
    return { judge, close: async () => opened?.held.close() }
  }
}

async function createJudge(models: JudgeModels, config: Config): Promise<JudgeService> {
  const { createJudgeService } = await import('./services/judge/judge.ts')
  return createJudgeService(models, judgeSettingsOf(config))
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
