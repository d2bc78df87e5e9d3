import { createHash, randomFillSync } from 'node:crypto'
import { cpus } from 'node:os'
import { createScorer } from '../../src/collections/scorer.ts'
import { scoreRow, searchSegments } from '../../src/collections/search.ts'
import { loadSegment } from '../../src/collections/segments.ts'
import { createContext } from '../../src/context.ts'
import {
  type CollectionEncoding,
  encodeSegment,
  readSegment,
  type Segment,
} from '../../src/formats/collection-segment.ts'
import { createRandom } from '../../src/learning/random.ts'
import { createS3Store } from '../../src/storage/s3.ts'
import { readNumber, UsageError } from '../console/options.ts'
import { compare, median } from '../console/statistics.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { createBucket, startS3Server, useCredentials } from '../servers/s3-server.ts'
import { formatTargets } from './report.ts'
import type { Target } from './targets.ts'
import { topK } from './top-k.ts'

const SHAPE = {
  name: 'bench -- collections',
  summary: 'Searches collections of up to a million rows, and loads them.',
  usage: ['[option …]'],
  options: {
    engine: {
      value: '<name>',
      default: 'exact',
      help: 'exact, or postgres: recall@10 of pgvector beside the exact engine, and the curve of ef_search',
    },
    rows: {
      value: '<number>',
      default: '100000',
      help: 'with --engine postgres; 1,000,000 take half an hour',
    },
    columns: { value: '<number>', default: '256', help: 'numbers of a vector, with --engine postgres' },
    folder: {
      value: '<path>',
      help: 'with --engine postgres: keeps what is built there, and builds nothing the next time',
    },
    rounds: { value: '<number>', default: '30', help: 'queries of each size' },
    threads: { value: '<number>', default: '2', help: 'threads of the runtime' },
    'no-s3': { help: 'leaves out the loading from an S3 server' },
  },
  examples: ['', '--rounds 5 --no-s3', '--engine postgres --rows 1000000 --rounds 200'],
} as const

const SEGMENT_ROWS = 65_536
const COUNT = 10
const LOADED_BYTES = 150_000_000
const LOADS = 7

interface Size {
  readonly rows: number
  readonly columns: number
  readonly encoding: CollectionEncoding
  readonly mostMs: number
}

const SIZES: readonly Size[] = [
  { rows: 100_000, columns: 384, encoding: 'float32', mostMs: 12 },
  { rows: 1_000_000, columns: 128, encoding: 'int8', mostMs: 20 },
  { rows: 1_000_000, columns: 384, encoding: 'int8', mostMs: 60 },
]

/** Exact search in memory beside a plain loop, and loading beside a plain download; prints what was to be reached. */
export const benchCollections: Tool = {
  shape: SHAPE,
  async run(args) {
    const { values } = readArguments<typeof SHAPE.options>(SHAPE, args)
    if (values.engine === 'postgres') await measurePostgres(values)
    else if (values.engine === 'exact') await measureAll(values)
    else throw new UsageError(`--engine is ${values.engine}; expected exact or postgres.`)
    return 0
  },
}

async function measurePostgres(values: ToolValues<typeof SHAPE.options>): Promise<void> {
  const whole = { least: 1, whole: true }
  const { benchPostgres } = await import('./collections-postgres.ts')
  const targets = await benchPostgres({
    rows: readNumber('--rows', values.rows, whole),
    dimensions: readNumber('--columns', values.columns, whole),
    queries: readNumber('--rounds', values.rounds, whole),
    threads: readNumber('--threads', values.threads, whole),
    folder: values.folder,
  })
  console.log(`\n${formatTargets(targets)}`)
}

async function measureAll(values: ToolValues<typeof SHAPE.options>): Promise<void> {
  const [rounds, threads] = [Number(values.rounds), Number(values.threads)]
  console.log(`${cpus()[0]?.model}, ${threads} threads, Node ${process.version}, ${rounds} rounds\n`)
  const targets: Target[] = []
  for (const size of SIZES) targets.push(...(await measureSearch(size, rounds, threads)))
  if (!values['no-s3']) targets.push(await measureLoading())
  console.log(`\n${formatTargets(targets)}`)
}

async function measureSearch(size: Size, rounds: number, threads: number): Promise<Target[]> {
  const { rows, columns, encoding, mostMs } = size
  const random = createRandom(rows + columns)
  const vectors = unitRows(random, Math.min(rows, SEGMENT_ROWS), columns)
  // The same rows in every segment: nothing is faster for it, and a million are made in seconds.
  const segments = Array.from({ length: Math.ceil(rows / SEGMENT_ROWS) }, (_, index) => {
    const count = Math.min(SEGMENT_ROWS, rows - index * SEGMENT_ROWS)
    const lines = Array<string>(count).fill('{}')
    const own = vectors.subarray(0, count * columns)
    return { segment: readSegment(encodeSegment({ encoding, columns, vectors: own, lines }), 'bench') }
  })
  const scorer = createScorer(threads)
  const [times, loops]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    const query = unitRows(random, 1, columns)
    const start = performance.now()
    await searchSegments(segments, query, COUNT, { scorer, context: createContext() })
    times.push(performance.now() - start)
    if (round % 10 === 0)
      loops.push(plainLoop(segments[0]!.segment, query) * (rows / segments[0]!.segment.rows))
  }
  await scorer.close()
  const name = `top ${COUNT} of ${rows.toLocaleString('en')} × ${columns} ${encoding}`
  console.log(`${name}: p50 ${median(times).toFixed(1)} ms, a plain loop ${median(loops).toFixed(0)} ms`)
  const found: Target = {
    name: `${name}, ms at p50`,
    measured: median(times),
    atBest: Math.min(...times),
    limit: mostMs,
    sense: 'at most',
  }
  return [found]
}

function plainLoop(segment: Segment, query: Float32Array): number {
  const start = performance.now()
  topK(
    Float64Array.from({ length: segment.rows }, (_, row) => scoreRow(segment, query, row)),
    COUNT,
  )
  return performance.now() - start
}

function unitRows(random: ReturnType<typeof createRandom>, rows: number, columns: number): Float32Array {
  const data = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    let square = 0
    for (let index = row * columns; index < (row + 1) * columns; index++) {
      data[index] = random.next() + random.next() - 1
      square += data[index]! ** 2
    }
    const scale = 1 / Math.sqrt(square)
    for (let index = row * columns; index < (row + 1) * columns; index++) data[index]! *= scale
  }
  return data
}

/** From a local S3 server into memory, verified, beside the whole object read by the client's own stream. */
async function measureLoading(): Promise<Target> {
  const server = await startS3Server(process.pid)
  useCredentials(server)
  const store = createS3Store({ bucket: await createBucket(server), prefix: '', endpoint: server.endpoint })
  const columns = 384
  const rows = Math.floor(LOADED_BYTES / (4 * columns))
  const vectors = new Float32Array(randomFillSync(Buffer.alloc(rows * columns * 4)).buffer)
  const bytes = encodeSegment({
    encoding: 'float32',
    columns,
    vectors,
    lines: Array<string>(rows).fill('{}'),
  })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const entry = { key: 'segments/bench.bin', bytes: bytes.length, sha256, rows }
  await store.write(`jobs/${entry.key}`, bytes)
  const [ours, plain]: [number[], number[]] = [[], []]
  for (let round = 0; round < LOADS; round++) {
    let start = performance.now()
    await loadSegment(store, 'jobs', entry)
    ours.push(performance.now() - start)
    start = performance.now()
    const whole = new Uint8Array(bytes.length)
    let position = 0
    for await (const chunk of await store.read(`jobs/${entry.key}`)) {
      whole.set(chunk, position)
      position += chunk.length
    }
    plain.push(performance.now() - start)
  }
  console.log(
    `loading 150 MB: ${median(ours).toFixed(0)} ms, a plain download ${median(plain).toFixed(0)} ms`,
  )
  const ratio = compare(ours, plain)
  return {
    name: 'loading 150 MB from S3 by a plain download',
    measured: ratio.median,
    atBest: ratio.least,
    limit: 1.2,
    sense: 'at most',
  }
}
