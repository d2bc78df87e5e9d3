import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBatchApp } from '../../../src/batch-app.ts'
import type { Config } from '../../../src/config.ts'
import { createContext } from '../../../src/context.ts'
import { createEmfWriter } from '../../../src/emf.ts'
import { createDirectoryStore, type LocalStore } from '../../../src/storage/directory.ts'
import { startLocalHub } from './hub.ts'
import { configOf, eventOf, startInstance, takingOutput } from './instance.ts'
import { type Point, pointsOf } from './points.ts'
import { drawRequest } from './requests.ts'

/** The names that the functions of a run have. */
export interface Names {
  readonly embed: string
  readonly match: string
  readonly batch: string
}

/** How long to run, and as what. */
export interface LoadOptions {
  readonly root: string
  readonly seconds: number
  readonly names: Names
}

/** An instance lives so long, so that there are cold starts to be seen. */
const INSTANCE_MS = 2500
const MOST_REQUESTS_A_SECOND = 60
const ROWS = 4000

/**
 * Sends requests of every kind to the Lambda door in this process for some seconds, and a file to the batch service.
 *
 * @returns what CloudWatch would have counted: the metrics that were written, and those of the API and the functions
 */
export async function runLoad({ root, seconds, names }: LoadOptions): Promise<Point[]> {
  const hub = await startLocalHub(join(root, 'test', 'fixtures', 'models'))
  const cache = mkdtempSync(join(tmpdir(), 'preview-cache-'))
  const config = configOf({ root, catalog: hub.catalog, cache, hub: hub.endpoint })
  const counted: Point[] = []
  try {
    const lines = await takingOutput(async () => {
      const until = Date.now() + seconds * 1000
      await Promise.all([
        serve(config, until, seconds, names, hub.models, counted),
        workOnFile(config, until, names.batch),
      ])
    })
    return [...lines.filter((line) => line.startsWith('{"_aws"')).flatMap(pointsOf), ...counted]
  } finally {
    hub.close()
    rmSync(cache, { recursive: true })
  }
}

/** One request after another, as one instance serves them; those that come meanwhile wait. */
async function serve(
  config: Config,
  until: number,
  seconds: number,
  names: Names,
  models: readonly string[],
  counted: Point[],
): Promise<void> {
  const begin = Date.now()
  let instances = startInstances(config, names)
  let startedAt = begin
  let arrivesAt = begin
  for (let count = 0; Date.now() < until; count++) {
    const elapsed = (arrivesAt - begin) / 1000
    const rate = MOST_REQUESTS_A_SECOND * (0.55 - 0.45 * Math.cos((2 * Math.PI * elapsed) / (seconds * 0.7)))
    arrivesAt += (-1000 / rate) * Math.log(1 - Math.random())
    if (arrivesAt > Date.now()) await sleep(arrivesAt - Date.now())
    if (Date.now() - startedAt > INSTANCE_MS) {
      await Promise.all(Object.values(instances).map((instance) => instance.close()))
      instances = startInstances(config, names)
      startedAt = Date.now()
    }
    const request = drawRequest(models)
    const handledAt = performance.now()
    const event = eventOf(request.path, request.body, `preview-${count}`, Math.round(arrivesAt))
    const answer = await instances[request.door].handler(event)
    const { statusCode } = answer as { statusCode: number }
    countRequest(counted, statusCode, arrivesAt, performance.now() - handledAt, names[request.door])
  }
  await Promise.all(Object.values(instances).map((instance) => instance.close()))
}

function startInstances(config: Config, names: Names) {
  return { embed: startInstance(config, names.embed), match: startInstance(config, names.match) }
}

/** What AWS itself counts of a request. */
function countRequest(
  counted: Point[],
  status: number,
  arrivedAt: number,
  durationMs: number,
  functionName: string,
): void {
  const time = Date.now()
  const add = (namespace: string, name: string, dimensions: Record<string, string>, value: number) =>
    counted.push({ namespace, name, dimensions, time, value })
  const api = { ApiId: 'HttpApi' }
  add('AWS/ApiGateway', 'Count', api, 1)
  add('AWS/ApiGateway', 'Latency', api, time - arrivedAt)
  if (status >= 400) add('AWS/ApiGateway', status >= 500 ? '5xx' : '4xx', api, 1)
  add('AWS/Lambda', 'Duration', { FunctionName: functionName }, durationMs)
  add('AWS/Lambda', 'ConcurrentExecutions', { FunctionName: functionName }, 1)
}

/** A folder's objects with tags, as those of a bucket have them. */
function withTags(store: LocalStore): LocalStore {
  return {
    ...store,
    async stat(key, context) {
      const stat = await store.stat(key, context)
      return stat && { ...stat, etag: `bytes-${stat.bytes}` }
    },
  }
}

/** A file of titles, a few of its rows wrong, in a folder that stands for a bucket; again and again. */
async function workOnFile(config: Config, until: number, functionName: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'preview-bucket-'))
  const app = createBatchApp(config)
  const write = createEmfWriter(functionName)
  const store = withTags(createDirectoryStore(folder))
  mkdirSync(join(folder, 'input'))
  const row = (id: number) => (id % 97 === 0 ? '{"id": broken' : JSON.stringify({ id, text: `title ${id}` }))
  const body = `${Array.from({ length: ROWS }, (_, id) => row(id)).join('\n')}\n`
  for (let count = 0; Date.now() < until; count++) {
    const key = `input/titles-${count}.jsonl`
    writeFileSync(join(folder, key), count % 4 === 3 ? 'no JSON at all' : body)
    const context = createContext({ deadline: until })
    await app.batch.run({ store, key }, context).catch(() => {})
    write(context)
    await sleep(1500)
  }
  await app.engine.close()
  rmSync(folder, { recursive: true })
}
