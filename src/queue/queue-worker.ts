import { type BatchApp, createBatchApp, localJudges } from '../batch-app.ts'
import type { Config } from '../config.ts'
import { createContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { createBatchHandler } from '../lambda/batch-handler.ts'
import { logJobError } from '../log.ts'
import type { EngineSettings } from '../models/engine/open.ts'
import { createThreadPool } from '../models/threads/thread-pool.ts'
import { leaveSeconds } from '../server-settings.ts'
import type { TrainService } from '../services/train/train.ts'
import type { PrometheusParts } from '../serving/prometheus.ts'
import { within } from '../serving/within.ts'
import { type Consumer, type MessageCounts, startConsumer } from './consumer.ts'
import { startProbes } from './probes.ts'
import { createSqsQueue } from './sqs-queue.ts'

/** A worker that takes files from a queue. */
interface QueueWorker {
  /** Where `/health` and `/ready` are asked. */
  readonly url: string
  /** Where metrics are, if they are served. */
  readonly metricsUrl: string | undefined
  /** Settles once the queue has answered. Throws what waiting cannot mend: no such queue, or no permission. */
  readonly begun: Promise<void>
  /**
   * Takes no more messages. Jobs may end by themselves for a while; the others stop at their last shard and go on in
   * another worker.
   *
   * @returns whether all came to an end within the grace; otherwise the process has to be ended, too
   */
  stop(): Promise<boolean>
  /** What only a restart of the process can repair, in a sentence. */
  problem(): string | undefined
}

/**
 * Starts the door of files for machines without Lambda: the same messages, the same handler, models in threads of their
 * own, each running the program at `script`.
 *
 * @param llama the program of the process that runs llama.cpp, for judges
 *
 * @throws AppError `invalid_request` without an address in QUEUE_URL, or when an address to listen on cannot be had
 */
export async function startQueueWorker(config: Config, script: string, llama: string): Promise<QueueWorker> {
  const { queueUrl: url, sqsEndpoint: endpoint, visibilitySeconds, host } = config
  if (url === undefined || !/^https?:\/\/[^/?#]+/.test(url)) throw noQueue(url)
  const app = createBatchApp(config, localJudges(config, llama), threadsOf(config, script))
  const train = await openTrain(app, config)
  const state: State = { hasBegun: false, isStopping: false, consumer: undefined }
  const problem = () => app.engine.problem?.()
  const unready = () => unreadyOf(state) ?? problem()
  const probes = await startProbes({ unwell: problem, unready }, host, config.port)
  const messages = () => state.consumer?.counts() ?? NO_MESSAGES
  const ready = () => unready() === undefined
  const metrics = await startMetrics(config, { engine: app.engine, messages, ready })
  const begin = async () => {
    await app.engine.preload(app.preloadModels, createContext({ requestId: 'preload' }))
    if (state.isStopping) return
    state.consumer = startConsumer({
      queue: createSqsQueue({ url, endpoint, visibilitySeconds }),
      concurrency: config.queueConcurrency,
      visibilitySeconds,
      onTrouble: logJobError,
      handlerWith: (release) =>
        createBatchHandler({ ...partsOf(app, config), ...train, writeMetrics: metrics.write, release }),
    })
    await state.consumer.begun
    state.hasBegun = true
  }
  return {
    url: probes.url,
    metricsUrl: metrics.url,
    begun: begin(),
    problem,
    async stop() {
      state.isStopping = true
      const graceMs = (config.graceSeconds - leaveSeconds(config.graceSeconds)) * 1000
      const end = async () => {
        await state.consumer?.stop(graceMs * FINISH_SHARE)
        await app.close()
      }
      const isOver = await within(graceMs, end())
      probes.stop()
      metrics.stop()
      return isOver
    },
  }
}

/**
 * The engine in threads of its own, so that messages are prolonged and probes answered while a graph runs. Jobs wait for
 * each other as long as it takes: QUEUE_CONCURRENCY bounds them.
 */
function threadsOf({ workers, runLimitMs }: Config, script: string) {
  return (settings: EngineSettings) =>
    createThreadPool({ script, settings, workers, queueLimit: Number.MAX_SAFE_INTEGER, runLimitMs })
}

/** What a worker has come to. */
interface State {
  consumer: Consumer | undefined
  /** Whether the queue has answered. */
  hasBegun: boolean
  isStopping: boolean
}

/** Of the grace: so long jobs may end by themselves, and have the rest to stop. */
const FINISH_SHARE = 0.6
const NO_MESSAGES: MessageCounts = { inWork: 0, done: 0, again: 0, lost: 0 }

/** Where METRICS_PORT says so; otherwise nothing is loaded and nothing counted. */
async function startMetrics({ metricsPort, metricsHost, host }: Config, parts: PrometheusParts) {
  if (metricsPort === undefined) return { url: undefined, write: () => {}, stop: () => {} }
  const { createPrometheus } = await import('../serving/prometheus.ts')
  const { startMetricsServer } = await import('../serving/metrics-server.ts')
  const prometheus = createPrometheus(parts)
  const { url, stop } = await startMetricsServer(prometheus, metricsHost ?? host, metricsPort)
  return { url, stop, write: prometheus.write }
}

function partsOf({ batch, openBucket }: BatchApp, { splitBytes }: Config) {
  return { batch, openBucket, splitBytes, onError: logJobError }
}

/** What learns, where TRAIN_JOBS says so; otherwise nothing of it is loaded. */
async function openTrain(app: BatchApp, config: Config): Promise<{ readonly train?: TrainService }> {
  if (!config.trainJobs) return {}
  const { openTrainService } = await import('../train-app.ts')
  return { train: openTrainService(config, app) }
}

function unreadyOf({ consumer, hasBegun, isStopping }: State): string | undefined {
  if (isStopping) return 'The process is about to stop.'
  return hasBegun ? consumer?.trouble() : 'The queue has not answered yet.'
}

function noQueue(url: string | undefined): AppError {
  return new AppError(
    'invalid_request',
    `The setting QUEUE_URL is ${url === undefined ? 'missing' : JSON.stringify(url)}; expected the address of the queue that tells of new files, such as https://sqs.eu-west-1.amazonaws.com/123456789012/files.`,
  )
}

/** Lines for a terminal: what the worker does, where it is asked, and what it leaves to others. */
export function describeQueueWorker(
  { queueUrl, queueConcurrency, splitBytes, trainJobs }: Config,
  { url, metricsUrl }: Pick<QueueWorker, 'url' | 'metricsUrl'>,
): string {
  const left = `Files of ${splitBytes} bytes and more are left to the state machine of AWS (SPLIT_BYTES); unset it where there is none.`
  return [
    `Taking files from ${queueUrl}, ${queueConcurrency} at once · probes: ${url}/health and ${url}/ready`,
    ...(metricsUrl === undefined ? [] : [`Metrics on ${metricsUrl}`]),
    ...(trainJobs ? ['Learning from pairs below train/, too (TRAIN_JOBS)'] : []),
    ...(splitBytes === Number.MAX_SAFE_INTEGER ? [] : [left]),
  ].join('\n')
}
