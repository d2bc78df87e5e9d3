import { join } from 'node:path'
import { createBatchApp } from '../src/batch-app.ts'
import { readProcessConfig } from '../src/config.ts'
import { createEmfWriter } from '../src/emf.ts'
import { toAppError } from '../src/errors.ts'
import { createBatchHandler } from '../src/lambda/batch-handler.ts'
import { createReleaser } from '../src/lambda/sqs.ts'
import { logJobError, logPlainly } from '../src/log.ts'

logPlainly()
const config = readProcessConfig(join(import.meta.dirname, '..'))
const app = createBatchApp(config)

/** The Lambda door for files: messages of the queue that a bucket tells of new objects. */
export const handler = createBatchHandler({
  batch: app.batch,
  openBucket: app.openBucket,
  splitBytes: config.splitBytes,
  release: createReleaser(config.sqsEndpoint, (error) => logJobError(toAppError(error), 'release')),
  writeMetrics: createEmfWriter(config.functionName),
  onError: logJobError,
})
