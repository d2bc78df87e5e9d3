import { join } from 'node:path'
import { createApp } from '../src/app.ts'
import { readProcessConfig } from '../src/config.ts'
import { createEmfWriter } from '../src/emf.ts'
import { createLambdaHandler } from '../src/lambda/handler.ts'
import { logPlainly } from '../src/log.ts'

logPlainly()
const config = readProcessConfig(join(import.meta.dirname, '..'))
const app = createApp(config)
const writeMetrics = createEmfWriter(config.functionName)

/** The Lambda handler of every route, and of direct invocations with a body of `POST /embed`. */
export const handler = createLambdaHandler({
  http: app.http,
  warm: app.warm,
  writeMetrics,
})

/**
 * Settles when the models of PRELOAD_MODELS are in memory. A request for one of them joins its load; a failure ends
 * the process, so that a wrong deployment shows at once.
 */
export const ready: Promise<void> = app.preload(writeMetrics)
