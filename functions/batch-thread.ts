import { parentPort, workerData } from 'node:worker_threads'
import { createBatchApp } from '../src/batch-app.ts'
import { isDatabase } from '../src/collections/databases.ts'
import type { Config } from '../src/config.ts'
import { createRemoteEngine } from '../src/services/batches/remote-engine.ts'
import { serveBatches } from '../src/services/batches/serve-batches.ts'
import type { BatchThreadData } from '../src/services/batches/thread-messages.ts'
import { openStore } from '../src/storage/open.ts'

/** The door of the thread that works on the Node server's batches; vectors come from the server's own engine. */
if (parentPort) {
  const { config, engine } = workerData as BatchThreadData<Config>
  const { collections, s3Endpoint, hubEndpoint: endpoint } = config
  const app = createBatchApp(config, () => createRemoteEngine(engine))
  const place = { s3Endpoint, hub: { endpoint, locate: () => undefined } }
  serveBatches(
    parentPort,
    { ...app.parts, batch: app.batch },
    collections === undefined || isDatabase(collections) ? undefined : openStore(collections, place),
  )
}
