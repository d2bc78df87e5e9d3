import { createBucket, type S3Server } from '../../scripts/servers/s3-server.ts'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { countFault, drawFault, type FaultCounts } from './faults.ts'
import { type LambdaEnvironment, openEnvironment } from './lambda-environment.ts'
import { type Notifications, openNotifications } from './notifications.ts'
import { openQueue, type QueueSettings, type TestQueue, type WatchedQueue } from './queue.ts'
import { createRandom, type Random } from './random.ts'
import { type Bucket, openBucket } from './world.ts'

/** What a stage is set up for. */
export interface StageSettings {
  readonly seed: number
  readonly workers: number
  /** The bundles, with `batch.js` among them. */
  readonly folder: string
  /** Models for the workers. */
  readonly models: string
  /** The whole proof must be over by then. */
  readonly mostMs: number
  /** Tries without progress after which a job is given up. */
  readonly mostAttempts: number
  /** No connection fails, and no event comes twice or late. */
  readonly calm?: boolean
  readonly queue?: QueueSettings
}

/** A worker to whom everything is done that can be done. */
interface Victim {
  /** How long the last process took from its start until it asked for work, in milliseconds. */
  startMs(): number
  /** Does something to it, and counts what. */
  torment(random: Random, faults: FaultCounts): void
  /** What its processes wrote to standard error, the last lines. */
  log(): string
}

/** A bucket that tells a queue of new files, and workers that take its messages. */
export interface Scene {
  readonly settings: StageSettings
  readonly random: Random
  readonly faults: FaultCounts
  readonly bucket: Bucket
  readonly queue: WatchedQueue
  readonly victims: readonly Victim[]
  readonly notifications: Notifications
  /** Objects that were seen half-written, or changed after they were written. */
  readonly broken: string[]
}

/** The same with Lambda's environments as workers, and a network that fails between them. */
export interface Stage extends Scene {
  readonly queue: TestQueue
  readonly environments: readonly LambdaEnvironment[]
  readonly proxy: FaultyProxy
}

/** Opens a stage with a bucket of its own. */
export async function openStage(settings: StageSettings, server: S3Server): Promise<Stage> {
  const random = createRandom(settings.seed)
  const faults: FaultCounts = {}
  const bucket = openBucket(server, await createBucket(server))
  const queue = await openQueue(settings.queue ?? { visibilityMs: 2000, maxReceiveCount: 200 })
  const proxy = await startFaultyProxy(server.endpoint)
  if (!settings.calm) proxy.faultOf = () => drawFault(random, faults)
  const variables = {
    AWS_ENDPOINT_URL_S3: proxy.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    MODEL_SOURCES: settings.models,
    MOST_ATTEMPTS: String(settings.mostAttempts),
    THREADS: '1',
  }
  const environments = await Promise.all(
    Array.from({ length: settings.workers }, () => openEnvironment(settings.folder, variables)),
  )
  const notifications = await openNotifications(
    server,
    bucket.name,
    sender({ settings, random, faults, queue }),
  )
  const victims = environments.map((environment) => ({
    startMs: environment.startMs,
    log: environment.log,
    torment() {
      countFault(faults, 'kill -9')
      environment.kill()
    },
  }))
  return { settings, random, faults, bucket, queue, environments, victims, notifications, proxy, broken: [] }
}

/** Passes events on as S3 does: late, in any order, and sometimes twice. */
export function sender({
  settings,
  random,
  faults,
  queue,
}: Pick<Scene, 'settings' | 'random' | 'faults' | 'queue'>): (event: string) => void {
  return (event) => {
    queue.send(event, settings.calm ? 0 : random.whole(0, 800))
    if (settings.calm || !random.chance(0.3)) return
    countFault(faults, 'event sent twice')
    queue.send(event, random.whole(0, 3000))
  }
}

/** Ends everything that a stage has started. */
export async function closeStage({
  environments,
  notifications,
  queue,
  proxy,
  bucket,
}: Stage): Promise<void> {
  await Promise.all(environments.map((environment) => environment.close()))
  notifications.close()
  queue.close()
  proxy.close()
  bucket.close()
}
