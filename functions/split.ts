import { join } from 'node:path'
import { createBatchApp } from '../src/batch-app.ts'
import { readProcessConfig } from '../src/config.ts'
import { createEmfWriter } from '../src/emf.ts'
import { createSplitHandler } from '../src/lambda/split-handler.ts'
import { logPlainly } from '../src/log.ts'

logPlainly()
const config = readProcessConfig(join(import.meta.dirname, '..'))
const app = createBatchApp(config)

/** The Lambda door for pieces of large files: the tasks of the state machine in scripts/deploy/split.asl.json. */
export const handler = createSplitHandler({
  split: app.split,
  openBucket: app.openBucket,
  writeMetrics: createEmfWriter(config.functionName),
})
