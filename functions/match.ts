import { join } from 'node:path'
import { readProcessConfig } from '../src/config.ts'
import { createEmfWriter } from '../src/emf.ts'
import { createLambdaHandler } from '../src/lambda/handler.ts'
import { logPlainly } from '../src/log.ts'
import { createMatchApp } from '../src/match-app.ts'

logPlainly()
const config = readProcessConfig(join(import.meta.dirname, '..'))
const app = createMatchApp(config)
const writeMetrics = createEmfWriter(config.functionName)

/** The Lambda door for matches, with memory and concurrency of its own: a match takes longer than a vector. */
export const handler = createLambdaHandler({
  http: app.http,
  directRoute: '/match',
  warm: app.warm,
  writeMetrics,
})

/** Settles when the models of PRELOAD_MODELS are in memory; see `embed.ts`. */
export const ready: Promise<void> = app.preload(writeMetrics)
