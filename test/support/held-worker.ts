import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type Context, createContext, throwIfDone } from '../../src/context.ts'
import { createLocalEngine } from '../../src/models/engine/in-process.ts'
import type { EngineSettings } from '../../src/models/engine/open.ts'
import { serveEngine } from '../../src/models/threads/worker.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'

/** A worker whose source says nothing of the model `other` until there is a file `go` in its folder. */
if (parentPort) {
  const { sources, ...settings } = workerData as EngineSettings
  const folder = sources[0]!
  const store = createDirectoryStore(folder)
  const held = {
    ...store,
    async stat(key: string, context: Context = createContext()) {
      while (key.startsWith('other/') && !existsSync(join(folder, 'go'))) {
        throwIfDone(context)
        await sleep(5)
      }
      return store.stat(key)
    },
  }
  serveEngine(parentPort, createLocalEngine({ ...settings, stores: [held] }))
}
