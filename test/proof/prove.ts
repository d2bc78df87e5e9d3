import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { S3Server } from '../../scripts/servers/s3-server.ts'
import { checkJob, type FoundVector, type JobFolder, parseLines } from './checker.ts'
import { countFault, drawTime, type FaultCounts } from './faults.ts'
import { drawFile, type FileKind, type ProofFile } from './files.ts'
import type { LambdaEnvironment } from './lambda-environment.ts'
import { toRecord } from './queue.ts'
import { closeStage, openStage, type Scene, type Stage, type StageSettings } from './stage.ts'
import type { Bucket } from './world.ts'

/** How large a proof is. */
interface ProofSettings extends StageSettings {
  readonly objects: number
  readonly mostRows: number
  /** Kinds of files, each in turn. */
  readonly kinds?: readonly FileKind[]
}

/** What came of it. */
interface Proof {
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

/** Drops files into a bucket, lets Lambda turn them into vectors, and does to it what can be done. */
export async function proveBatch(settings: ProofSettings, server: S3Server): Promise<Proof> {
  const stage = await openStage(settings, server)
  const work = (over: () => boolean) =>
    stage.environments.map((environment) => poll(stage, environment, over))
  const proof = await proveFiles(settings, stage, work)
  await closeStage(stage)
  return proof
}

/**
 * Drops files into a bucket, lets the workers of a scene turn them into vectors, and does to them what can be done.
 *
 * @param work what has to run beside workers that do not take messages by themselves
 */
export async function proveFiles(
  settings: ProofSettings,
  stage: Scene,
  work: (over: () => boolean) => Promise<void>[] = () => [],
): Promise<Proof> {
  const begun = performance.now()
  const files = Array.from({ length: settings.objects }, (_, number) =>
    drawFile(number, settings.mostRows, stage.random, settings.kinds),
  )
  let over = false
  const background = [
    ...work(() => over),
    redrive(stage, () => over),
    torment(stage, () => over),
    watch(stage, () => over),
  ]
  try {
    await settle(stage, await drop(stage, files))
  } finally {
    over = true
    await Promise.all(background)
  }
  const proof = await check(stage, files)
  const log = stage.victims.map((victim) => victim.log()).join('\n')
  return { ...proof, log, milliseconds: performance.now() - begun }
}

/** Settings first, as a user would; some files are then deleted or replaced. Answers how many events must come. */
async function drop({ bucket, random, faults }: Scene, files: readonly ProofFile[]): Promise<number> {
  const meddling: Promise<void>[] = []
  let events = 0
  const put = async (key: string, body: Uint8Array) => {
    await bucket.put(key, body)
    events++
  }
  for (const { key, body, settings, fate } of files) {
    await put(`${key}.job.json`, Buffer.from(JSON.stringify(settings)))
    await put(key, body)
    if (fate.kind === 'kept') continue
    countFault(faults, `object ${fate.kind}`)
    const delayMs = random.whole(100, 1500)
    const meddle = () => (fate.kind === 'replaced' ? put(key, fate.next.body) : bucket.remove(key))
    meddling.push(sleep(delayMs).then(meddle))
  }
  await Promise.all(meddling)
  return events
}

/** A queue counts messages one kind after the other, and misses one that changes its kind meanwhile: seen empty so often in a row. */
const EMPTY_LOOKS = 5

/** Waits until every event has come and every message is done. */
async function settle({ notifications, queue, settings, victims }: Scene, events: number): Promise<void> {
  const end = Date.now() + settings.mostMs
  for (let empty = 0; empty < EMPTY_LOOKS; ) {
    await sleep(20)
    const left = await queue.count()
    empty = notifications.count < events || left > 0 ? 0 : empty + 1
    if (Date.now() < end) continue
    const logs = victims.map((victim) => victim.log()).join('\n')
    throw new Error(
      `Not over in ${settings.mostMs} ms: ${notifications.count} of ${events} events came, ${left} messages are left.\n${logs}`,
    )
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
    const record = toRecord(delivery, queue)
    const ending = await environment.invoke({ Records: [record] }, drawTime(random, faults))
    if (ending.kind !== 'answer') continue
    const { batchItemFailures } = ending.body as { batchItemFailures: unknown[] }
    if (batchItemFailures.length === 0) queue.remove(delivery.receipt)
  }
}

/** Kills workers at random moments, but not so often that on a slow machine none lives to work. */
async function torment({ victims, random, faults }: Scene, over: () => boolean): Promise<void> {
  while (!over()) {
    const slowestStartMs = Math.max(...victims.map((victim) => victim.startMs()))
    await sleep(random.whole(100, Math.max(1200, Math.ceil(4 * slowestStartMs))))
    random.pick(victims).torment(random, faults)
  }
}

/** What an operator does with a file whose workers died too often: this one's rows are not to blame. */
async function redrive({ bucket, queue, faults }: Scene, over: () => boolean): Promise<void> {
  for (let taken = 0; !over(); await sleep(200)) {
    for (; taken < queue.deadLetters.length; taken++) {
      countFault(faults, 'redriven from the dead letters')
      for (const { key } of await bucket.list('output/')) {
        if (!key.endsWith('/_FAILED.json')) continue
        if (JSON.parse(await bucket.text(key)).details?.poisoned) await bucket.remove(key)
      }
      queue.redrive(queue.deadLetters[taken]!)
    }
  }
}

/** Looks at shards while they are written: they are whole when they appear, and stay as they are. */
async function watch({ bucket, broken }: Scene, over: () => boolean): Promise<void> {
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

async function check({ bucket, faults, broken }: Scene, files: readonly ProofFile[]) {
  const versions = files.flatMap((file) => (file.fate.kind === 'replaced' ? [file, file.fate.next] : [file]))
  const folders = await readFolders(bucket)
  const found = versions.map((file) => {
    const folder = folders.find((candidate) => isOf(candidate, file))
    if (folder) return checkJob(file, folder)
    return { lost: [`${file.key}: no job`], duplicated: [], misordered: [], broken: [], vectors: [] }
  })
  const extra = folders.length > versions.length ? [`${folders.length} jobs of ${versions.length} files`] : []
  return {
    rows: versions.reduce((sum, { texts }) => sum + texts.length, 0),
    faults,
    lost: found.flatMap(({ lost }) => lost),
    duplicated: [...found.flatMap(({ duplicated }) => duplicated), ...extra],
    misordered: found.flatMap(({ misordered }) => misordered),
    broken: [...broken, ...found.flatMap((one) => one.broken)],
    vectors: found.flatMap(({ vectors }) => vectors),
  }
}

async function readFolders(bucket: Bucket): Promise<JobFolder[]> {
  const folders = new Map<string, Map<string, string>>()
  for (const { key } of await bucket.list('output/')) {
    const [, job, ...name] = key.split('/')
    // What is noted of messages is no job.
    if (job === '_messages') continue
    const folder = folders.get(job!) ?? new Map<string, string>()
    folders.set(job!, folder.set(name.join('/'), await bucket.text(key)))
  }
  return [...folders.values()]
}

/** Whether a job is about this version of a file: by its key and the MD5 of its bytes. */
function isOf(folder: JobFolder, { key, body }: ProofFile): boolean {
  const documents = ['_SUCCESS.json', '_JOB.json', '_FAILED.json'].flatMap((name) => folder.get(name) ?? [])
  const md5 = createHash('md5').update(body).digest('hex')
  return documents.some((text) => {
    const { input, plan, ...failed } = JSON.parse(text)
    const source = input ?? plan ?? failed
    return source.key === key && source.etag === md5
  })
}
