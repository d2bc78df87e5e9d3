import { type Core, openCore } from './app.ts'
import { type BatchApp, bucketOpener } from './batch-app.ts'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { openModelStores } from './model-stores.ts'
import { readTokenizer } from './models/files/read-model-file.ts'
import { createLearner } from './services/train/learn-pairs.ts'
import { createTrainService, type TrainService } from './services/train/train.ts'

/** The program that learns from pairs in a bucket, without its entry point. */
interface TrainApp extends Pick<BatchApp, 'openBucket'> {
  readonly train: TrainService
}

/** A learning service over the models of a configuration, in an engine of this thread. It never logs a text. */
export function createTrainApp(config: Config): TrainApp {
  const silent = { ...config, logInputs: false }
  return { train: openTrainService(silent, openCore(silent)), openBucket: bucketOpener(config) }
}

/**
 * A learning service over models that are open already.
 *
 * @throws AppError `invalid_request` where their engine writes texts to the log: pairs are never logged
 */
export function openTrainService(config: Config, core: Core): TrainService {
  if (config.logInputs) {
    throw new AppError(
      'invalid_request',
      'TRAIN_JOBS and LOG_INPUTS are both on; pairs are never logged; switch one of them off.',
      { details: { field: 'TRAIN_JOBS' } },
    )
  }
  const stores = openModelStores(config, core.catalog)
  const learner = createLearner({
    ...core,
    readTokenizer: (manifest, context) => readTokenizer(manifest, stores, context),
  })
  return createTrainService({ learner, mostAttempts: config.mostAttempts })
}
