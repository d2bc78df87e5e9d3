import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createBucket, type S3Server } from '../../scripts/servers/s3-server.ts'
import type { SqsServer } from '../../scripts/servers/sqs-server.ts'
import { startFaultyProxy } from '../support/faulty-proxy.ts'
import { countFault, drawFault, type FaultCounts } from './faults.ts'
import { openNotifications } from './notifications.ts'
import { createRandom, type Random } from './random.ts'
import { openRealQueue } from './sqs-queue.ts'
import { type Scene, type StageSettings, sender } from './stage.ts'
import { openBucket } from './world.ts'

/** How long a message stays hidden from others: short, so that much is done twice. */
const VISIBILITY_SECONDS = 3
const MOST_RECEIPTS = 60

/** Opens a scene whose workers are processes of `dist/queue-worker.js`; network failures are between them and both servers. */
export async function openWorkerStage(
  settings: StageSettings,
  server: S3Server,
  sqs: SqsServer,
): Promise<Scene & { close(): Promise<void> }> {
  const random = createRandom(settings.seed)
  const faults: FaultCounts = {}
  const bucket = openBucket(server, await createBucket(server))
  const queue = await openRealQueue(sqs, bucket.name, MOST_RECEIPTS)
  const proxies = await Promise.all([server.endpoint, sqs.endpoint].map(startFaultyProxy))
  for (const proxy of proxies) proxy.faultOf = () => drawFault(random, faults)
  const [s3Proxy, sqsProxy] = proxies
  const variables = {
    AWS_ENDPOINT_URL_S3: s3Proxy!.endpoint,
    AWS_ENDPOINT_URL_SQS: sqsProxy!.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_REGION: 'us-east-1',
    QUEUE_URL: queue.url,
    VISIBILITY_SECONDS: String(VISIBILITY_SECONDS),
    MODEL_SOURCES: settings.models,
    MOST_ATTEMPTS: String(settings.mostAttempts),
    THREADS: '1',
    PORT: '0',
  }
  const victims = Array.from({ length: settings.workers }, () =>
    startWorker(join(settings.folder, 'queue-worker.js'), variables),
  )
  const notifications = await openNotifications(
    server,
    bucket.name,
    sender({ settings, random, faults, queue }),
  )
  return {
    ...{ settings, random, faults, bucket, queue, victims, notifications, broken: [] },
    async close() {
      for (const victim of victims) victim.close()
      notifications.close()
      await queue.close()
      for (const proxy of proxies) proxy.close()
      bucket.close()
    },
  }
}

/** A worker that Kubernetes starts again whenever it has ended. */
function startWorker(program: string, variables: Readonly<Record<string, string>>) {
  let child: ChildProcess | undefined
  let closed = false
  let startMs = 0
  const lines: string[] = []
  const start = () => {
    const startedAt = performance.now()
    const env = { PATH: process.env.PATH, ...variables }
    child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout!.once('data', () => {
      startMs = performance.now() - startedAt
    })
    child.stderr!.on('data', (text) => lines.push(String(text)))
    child.once('exit', () => {
      if (!closed) start()
    })
  }
  start()
  return {
    startMs: () => startMs,
    log: () => lines.join('').slice(-4000),
    torment(random: Random, faults: FaultCounts) {
      const victim = child!
      const draw = random.next()
      if (draw < 0.5) {
        countFault(faults, 'kill -9')
        victim.kill('SIGKILL')
      } else if (draw < 0.75) {
        countFault(faults, 'asked to stop (SIGTERM)')
        victim.kill('SIGTERM')
      } else {
        countFault(faults, 'frozen for longer than a message is hidden')
        victim.kill('SIGSTOP')
        setTimeout(() => victim.kill('SIGCONT'), VISIBILITY_SECONDS * 1000 + random.whole(0, 1500))
      }
    },
    close() {
      closed = true
      child?.kill('SIGKILL')
    },
  }
}
