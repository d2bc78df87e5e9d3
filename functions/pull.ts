import { join } from 'node:path'
import { findModels, openCore } from '../src/app.ts'
import { readProcessConfig } from '../src/config.ts'
import { createContext } from '../src/context.ts'
import { AppError } from '../src/errors.ts'

/**
 * The door of an init container: brings the models of PRELOAD_MODELS into MODEL_CACHE, checked by SHA-256, and loads
 * each once, so that a pod whose models do not fit its memory fails before it takes requests.
 */
async function main(): Promise<void> {
  const config = readProcessConfig(join(import.meta.dirname, '..'))
  const core = openCore(config)
  const { engine, preloadModels } = core
  if (preloadModels.length === 0) {
    const message =
      'There is nothing to fetch: PRELOAD_MODELS is empty; expected names of models, with commas.'
    throw new AppError('invalid_request', message, { details: { field: 'PRELOAD_MODELS' } })
  }
  const context = createContext({ requestId: 'pull' })
  for (const id of await findModels(core, context)) {
    await engine.preload([id], context)
    console.log(`Model ${id} is there; its files are as the catalog has them, and it loads.`)
  }
  await engine.close()
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
