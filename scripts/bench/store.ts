import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { keyOf } from '../../src/models/files/artifacts.ts'
import { createS3Store } from '../../src/storage/s3.ts'
import type { Store } from '../../src/storage/store.ts'
import { loadTokenizer } from '../../src/tokenizer/tokenizer.ts'
import { compare, median } from '../console/statistics.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { planPush, pushFile } from '../models/push.ts'
import { createBucket, startS3Server, useCredentials } from '../servers/s3-server.ts'
import { type BenchModel, findModel, layOutModel, MAX_TOKENS } from './model.ts'
import { buildPrograms } from './programs.ts'
import type { Job } from './protocol.ts'
import { formatTargets } from './report.ts'
import type { Target } from './targets.ts'
import { textOfTokens, wordsOf } from './texts.ts'
import { compileByTrial, runTrial } from './trial.ts'

const SHAPE = {
  name: 'bench -- store',
  summary:
    'Process start to first vector with the model in an S3 server of this machine, beside the same from disk.',
  usage: ['[option …]'],
  options: {
    rounds: { value: '<number>', default: '7', help: 'processes of each kind' },
    threads: { value: '<number>', default: '2', help: 'threads of the runtime' },
    model: { value: '<folder>', help: 'an exported encoder, as for bench' },
  },
  examples: ['', '--rounds 3'],
} as const

const CACHE = resolve('.cache/bench')

/** First vectors of fresh processes with empty caches; prints what was to be reached. */
export const benchStore: Tool = {
  shape: SHAPE,
  async run(args) {
    await measureAll(readArguments<typeof SHAPE.options>(SHAPE, args).values)
    return 0
  },
}

async function measureAll(values: ToolValues<typeof SHAPE.options>): Promise<void> {
  const [rounds, threads] = [Number(values.rounds), Number(values.threads)]
  const source = values.model ?? findModel()
  const model = await layOutModel(source, join(CACHE, 'models'))
  const { ours } = (await buildPrograms(join(CACHE, 'programs'), join(CACHE, 'peers'))).entrants
  // The client of S3 lies beside a door, loaded only where it is asked.
  cpSync(join(CACHE, 'programs', 'doors', 'later'), join(CACHE, 'programs', 'later'), { recursive: true })
  const { place, store } = await pushed(model)
  const job = await firstJob(model, threads)
  compileByTrial(ours, job, CACHE)
  const times = {
    disk: [] as number[],
    bucket: [] as number[],
    plain: [] as number[],
    download: [] as number[],
  }
  for (let round = 0; round < rounds; round++) {
    times.disk.push((await runTrial(ours, job, CACHE)).firstMs!)
    times.bucket.push(await firstFrom(ours, { ...job, modelsFolder: place }))
    times.plain.push(await firstFrom(ours, { ...job, modelsFolder: place, manifest: model.manifest }))
    times.download.push(await download(store, model.prepared))
  }
  console.log(`${cpus()[0]?.model}, ${threads} threads, Node ${process.version}, ${rounds} rounds`)
  for (const [name, all] of Object.entries(times))
    console.log(`${name.padEnd(9)} ${median(all).toFixed(0)} ms`)
  const floor = times.disk.map((disk, round) => disk + times.download[round]!)
  console.log(`\n${formatTargets([target(times.bucket, floor)])}`)
}

function target(bucket: readonly number[], floor: readonly number[]): Target {
  const ratio = compare(bucket, floor)
  const name = 'first vector from a bucket / from disk and a download'
  return { name, measured: ratio.median, atBest: ratio.least, limit: 1.25, sense: 'at most' }
}

/** The model in a new bucket, as `npm run models -- push` leaves it there. */
async function pushed({ prepared, folder }: BenchModel): Promise<{ place: string; store: Store }> {
  const server = await startS3Server(process.pid)
  useCredentials(server)
  process.env.AWS_ENDPOINT_URL_S3 = server.endpoint
  process.env.AWS_REGION = 'us-east-1'
  const bucket = await createBucket(server)
  const store = createS3Store({ bucket, prefix: '', endpoint: server.endpoint })
  for (const step of await planPush([prepared], store, () => undefined)) await pushFile(step, folder, store)
  return { place: `s3://${bucket}`, store }
}

async function firstJob({ folder, prepared, tokenizerJson }: BenchModel, threads: number): Promise<Job> {
  const texts = [textOfTokens(wordsOf(tokenizerJson), 16)]
  const tokenizer = await loadTokenizer(tokenizerJson, prepared)
  const ids = texts.map((text) =>
    Array.from(tokenizer.encode(text, { maxTokens: MAX_TOKENS, truncate: 'end' }).ids),
  )
  const common = { modelsFolder: folder, manifest: prepared, threads, batch: 1, repetitions: 1 }
  return { measure: 'first', ...common, texts, ids }
}

/** With a disk cache of its own that is empty, as a new instance has it. */
async function firstFrom(program: string, job: Job): Promise<number> {
  const cache = mkdtempSync(join(tmpdir(), 'bench-store-'))
  process.env.MODEL_CACHE = cache
  try {
    return (await runTrial(program, job, CACHE)).firstMs!
  } finally {
    delete process.env.MODEL_CACHE
    rmSync(cache, { recursive: true })
  }
}

/** Milliseconds to read what a cold start takes: graph, optimized graph and flat tokenizer, all at once, kept nowhere. */
async function download(store: Store, manifest: Manifest): Promise<number> {
  const paths = [manifest.graph, ...(manifest.derived ?? []).map(({ path }) => path)]
  const start = performance.now()
  await Promise.all(
    paths.map(async (path) => {
      for await (const _ of await store.read(keyOf(manifest, path)));
    }),
  )
  return performance.now() - start
}
