import { join } from 'node:path'
import { readProcessConfig } from '../src/config.ts'
import { createEmfWriter } from '../src/emf.ts'
import { toAppError } from '../src/errors.ts'
import { createBatchHandler } from '../src/lambda/batch-handler.ts'
import { createReleaser } from '../src/lambda/sqs.ts'
import { logJobError } from '../src/log.ts'
import { createTrainApp } from '../src/train-app.ts'

const config = readProcessConfig(join(import.meta.dirname, '..'))
const app = createTrainApp(config)

/** The Lambda door for learning: messages of the queue that a bucket tells of each new `train/<name>/learn.json`. */
export const handler = createBatchHandler({
  train: app.train,
  openBucket: app.openBucket,
  splitBytes: config.splitBytes,
  release: createReleaser(config.sqsEndpoint, (error) => logJobError(toAppError(error), 'release')),
  writeMetrics: createEmfWriter(config.functionName),
  onError: logJobError,
})
