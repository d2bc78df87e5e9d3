import { setTimeout as sleep } from 'node:timers/promises'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { createBucket, type S3Server } from '../support/s3-server.ts'
import { checkJob, type FoundVector, type JobFolder, parseLines } from './checker.ts'
import { countFault, drawFault, drawTime, type FaultCounts } from './faults.ts'
import { drawFile, type FileKind, type ProofFile } from './files.ts'
import { type LambdaEnvironment, openEnvironment } from './lambda-environment.ts'
import { type Notifications, openNotifications } from './notifications.ts'
import { openQueue, type TestQueue } from './queue.ts'
import { createRandom, type Random } from './random.ts'
import { type Bucket, openBucket } from './world.ts'

/** How large a proof is. */
export interface ProofSettings {
  readonly seed: number
  readonly objects: number
  readonly mostRows: number
  readonly workers: number
  /** Kinds of files, each in turn. */
  readonly kinds?: readonly FileKind[]
  /** The bundles, with `batch.js` among them. */
  readonly folder: string
  /** Models for the workers. */
  readonly models: string
  /** The whole proof must be over by then. */
  readonly mostMs: number
}

/** What came of it. */
export interface Proof {
  readonly rows: number
  readonly faults: FaultCounts
  readonly lost: readonly string[]
  readonly duplicated: readonly string[]
  readonly misordered: readonly string[]
  readonly broken: readonly string[]
  readonly vectors: readonly FoundVector[]
  readonly milliseconds: number
  readonly log: string
}

interface Stage {
  readonly settings: ProofSettings
  readonly random: Random
  readonly faults: FaultCounts
  readonly bucket: Bucket
  readonly queue: TestQueue
  readonly environments: readonly LambdaEnvironment[]
  readonly notifications: Notifications
  readonly proxy: FaultyProxy
  /** Objects that were seen half-written, or changed after they were written. */
  readonly broken: string[]
}

/** Drops files into a bucket, lets workers turn them into vectors, and does to them what can be done. */
export async function proveBatch(settings: ProofSettings, server: S3Server): Promise<Proof> {
  const begun = performance.now()
  const random = createRandom(settings.seed)
  const files = Array.from({ length: settings.objects }, (_, number) =>
    drawFile(number, settings.mostRows, random, settings.kinds),
  )
  const stage = await openStage(settings, server, random)
  let over = false
  const background = [
    ...stage.environments.map((environment) => poll(stage, environment, () => over)),
    torment(stage, () => over),
    watch(stage, () => over),
  ]
  try {
    await drop(stage, files)
    await settle(stage, files.length * 2)
  } finally {
    over = true
    await Promise.all(background)
  }
  const proof = await check(stage, files)
  const log = stage.environments.map((environment) => environment.log()).join('\n')
  await closeStage(stage)
  return { ...proof, log, milliseconds: performance.now() - begun }
}

async function openStage(settings: ProofSettings, server: S3Server, random: Random): Promise<Stage> {
  const faults: FaultCounts = {}
  const bucket = openBucket(server, await createBucket(server))
  const queue = await openQueue({ visibilityMs: 2000, maxReceiveCount: 200 })
  const proxy = await startFaultyProxy(server.endpoint)
  proxy.faultOf = () => drawFault(random, faults)
  const variables = {
    AWS_ENDPOINT_URL_S3: proxy.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    MODEL_SOURCES: settings.models,
    MOST_ATTEMPTS: '50',
    THREADS: '1',
  }
  const environments = await Promise.all(
    Array.from({ length: settings.workers }, () => openEnvironment(settings.folder, variables)),
  )
  const notifications = await openNotifications(server, bucket.name, (event) => {
    queue.send(event, random.whole(0, 800))
    if (!random.chance(0.3)) return
    countFault(faults, 'event sent twice')
    queue.send(event, random.whole(0, 3000))
  })
  return { settings, random, faults, bucket, queue, environments, notifications, proxy, broken: [] }
}

async function closeStage({ environments, notifications, queue, proxy, bucket }: Stage): Promise<void> {
  await Promise.all(environments.map((environment) => environment.close()))
  notifications.close()
  queue.close()
  proxy.close()
  bucket.close()
}

/** Settings first, as a user would. */
async function drop({ bucket }: Stage, files: readonly ProofFile[]): Promise<void> {
  for (const { key, body, settings } of files) {
    await bucket.put(`${key}.job.json`, Buffer.from(JSON.stringify(settings)))
    await bucket.put(key, body)
  }
}

/** Waits until every event has come and every message is done. */
async function settle({ notifications, queue, settings }: Stage, events: number): Promise<void> {
  const end = Date.now() + settings.mostMs
  while (notifications.count < events || queue.length > 0) {
    if (Date.now() > end) {
      throw new Error(
        `Not over in ${settings.mostMs} ms: ${notifications.count} of ${events} events came, ${queue.length} messages are left.`,
      )
    }
    await sleep(20)
  }
}

/** What Lambda does with a queue: takes messages, invokes, and removes what was not answered as failed. */
async function poll(
  { queue, random, faults }: Stage,
  environment: LambdaEnvironment,
  over: () => boolean,
): Promise<void> {
  while (!over()) {
    const delivery = queue.receive(random.next)
    if (!delivery) {
      await sleep(20)
      continue
    }
    const { id: messageId, receipt: receiptHandle, body, receiveCount } = delivery
    const attributes = { ApproximateReceiveCount: String(receiveCount) }
    const record = {
      messageId,
      receiptHandle,
      body,
      attributes,
      eventSourceARN: queue.arn,
      eventSource: 'aws:sqs',
    }
    const ending = await environment.invoke({ Records: [record] }, drawTime(random, faults))
    if (ending.kind !== 'answer') continue
    const { batchItemFailures } = ending.body as { batchItemFailures: unknown[] }
    if (batchItemFailures.length === 0) queue.remove(receiptHandle)
  }
}

/** Kills workers at random moments. */
async function torment({ environments, random, faults }: Stage, over: () => boolean): Promise<void> {
  while (!over()) {
    await sleep(random.whole(100, 700))
    countFault(faults, 'kill -9')
    random.pick(environments).kill()
  }
}

/** Looks at shards while they are written: they are whole when they appear, and stay as they are. */
async function watch({ bucket, broken }: Stage, over: () => boolean): Promise<void> {
  const known = new Map<string, string>()
  while (!over()) {
    for (const { key, etag } of await bucket.list('output/')) {
      if (!key.includes('/part-')) continue
      const before = known.get(key)
      known.set(key, etag)
      if (before !== undefined && before !== etag) broken.push(`${key} changed after it was written`)
      if (before === undefined) parseLines(await bucket.text(key), key, broken)
    }
    await sleep(300)
  }
}

async function check({ bucket, queue, faults, broken }: Stage, files: readonly ProofFile[]) {
  const folders = await readFolders(bucket)
  const found = files.map((file) => {
    const folder = folders.find((candidate) => keyOf(candidate) === file.key)
    if (folder) return checkJob(file, folder)
    return { lost: [`${file.key}: no job`], duplicated: [], misordered: [], broken: [], vectors: [] }
  })
  const extra = folders.length > files.length ? [`${folders.length} jobs of ${files.length} files`] : []
  const dead = queue.deadLetters.map((body) => `in the dead-letter queue: ${body}`)
  return {
    rows: files.reduce((sum, { texts }) => sum + texts.length, 0),
    faults,
    lost: found.flatMap(({ lost }) => lost),
    duplicated: [...found.flatMap(({ duplicated }) => duplicated), ...extra],
    misordered: found.flatMap(({ misordered }) => misordered),
    broken: [...broken, ...dead, ...found.flatMap((one) => one.broken)],
    vectors: found.flatMap(({ vectors }) => vectors),
  }
}

async function readFolders(bucket: Bucket): Promise<JobFolder[]> {
  const folders = new Map<string, Map<string, string>>()
  for (const { key } of await bucket.list('output/')) {
    const [, job, ...name] = key.split('/')
    const folder = folders.get(job!) ?? new Map<string, string>()
    folders.set(job!, folder.set(name.join('/'), await bucket.text(key)))
  }
  return [...folders.values()]
}

function keyOf(folder: JobFolder): string | undefined {
  const text = folder.get('_SUCCESS.json') ?? folder.get('_JOB.json')
  if (text === undefined) return undefined
  const document = JSON.parse(text)
  return document.input?.key ?? document.plan?.key
}
