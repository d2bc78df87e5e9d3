import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { Core } from '../src/app.ts'
import { createBatchApp, localJudges } from '../src/batch-app.ts'
import { isDatabase } from '../src/collections/databases.ts'
import type { Config } from '../src/config.ts'
import { once } from '../src/once.ts'
import { createRemoteEngine } from '../src/services/batches/remote-engine.ts'
import { createRemoteJudge } from '../src/services/batches/remote-judge.ts'
import { serveBatches } from '../src/services/batches/serve-batches.ts'
import type { BatchThreadData } from '../src/services/batches/thread-messages.ts'
import { openStore } from '../src/storage/open.ts'

/** The door of the thread that works on the Node server's batches; vectors and verdicts come from the server's own models. */
if (parentPort) {
  const { config, engine, judge } = workerData as BatchThreadData<Config>
  const { collections, s3Endpoint, hubEndpoint: endpoint } = config
  const planned = localJudges(config, join(import.meta.dirname, 'llama.js'))
  const judges = (core: Core) => {
    const { judge: planner, close } = planned(core)
    return { judge: once(async () => createRemoteJudge(judge, await planner())), close }
  }
  const app = createBatchApp(config, judges, () => createRemoteEngine(engine))
  const place = { s3Endpoint, hub: { endpoint, locate: () => undefined } }
  serveBatches(
    parentPort,
    { ...app.parts, batch: app.batch },
    collections === undefined || isDatabase(collections) ? undefined : openStore(collections, place),
  )
}
