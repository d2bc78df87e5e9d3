import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Addition } from './additions.ts'
import type { Core } from './app.ts'
import type { Config } from './config.ts'
import { type AppError, toAppError } from './errors.ts'
import { batchRoutes } from './http/hosted/batches.ts'
import { fileRoutes } from './http/hosted/files.ts'
import { type ReportParts, reportRoutes } from './http/hosted/learned-reports.ts'
import { modelControlRoutes } from './http/hosted/model-control.ts'
import { openModelStores } from './model-stores.ts'
import { readLearnedReport } from './models/files/read-model-file.ts'
import { once } from './once.ts'
import { createBatchThread } from './services/batches/batch-thread.ts'
import { type Batches, openBatches } from './services/batches/batches.ts'
import type { JudgeService } from './services/judge/judge.ts'

/**
 * Files, batches and the loading of models, for a server that stays. It goes on with batches that an earlier process left,
 * and makes its folder with the first file.
 *
 * @param script the program of the thread that works on batches
 * @param onError told of what goes wrong with a batch beside its file and settings, and which batch it is
 */
export function createHostedApp(
  config: Config,
  core: Core & { readonly judge: () => Promise<JudgeService> },
  script: string,
  onError: (error: AppError, batch: string) => void,
): Addition {
  const { collections } = config
  const folder = config.files ?? usualFolder(config)
  let opened: Promise<Batches> | undefined
  const open = once(async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return openBatches({
      ...core,
      folder,
      limits: config,
      hasCollections: collections !== undefined,
      thread: createBatchThread(script, config, core.engine, core.judge),
      onError,
    })
  })
  const batches = () => {
    opened = open()
    return opened
  }
  return {
    routes: [
      ...fileRoutes(batches),
      ...batchRoutes(batches),
      ...modelControlRoutes(core),
      ...reportRoutes(reportParts(config, core)),
    ],
    async start() {
      // A folder that cannot be had is told to whoever asks for files; vectors are served all the same.
      if (existsSync(folder)) await batches().catch((error) => onError(toAppError(error), 'start'))
    },
    async close() {
      const open = await opened?.catch(() => undefined)
      await open?.close()
    },
  }
}

/** Nothing of it is opened or loaded before somebody asks for a report. */
function reportParts(config: Config, core: Core): ReportParts {
  const stores = once(async () => openModelStores(config, core.catalog))
  return {
    catalog: core.catalog,
    readReport: async (manifest, context) => readLearnedReport(manifest, await stores(), context),
    drawReport: async (report) => (await import('./learning/report-picture.ts')).drawReport(report),
  }
}

/** Two servers of one machine listen on different ports; one that lets the system choose has no place to come back to. */
function usualFolder({ port }: Config): string {
  return join(tmpdir(), 'serverless-embeddings', `files-${port || `0-${process.pid}`}`)
}
