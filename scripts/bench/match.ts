import { mkdirSync, rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { createCollections } from '../../src/collections/collections.ts'
import { buildCollection, type CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { createHttpApp, type HttpApp } from '../../src/http/app.ts'
import { LAMBDA_LIMITS } from '../../src/http/limits.ts'
import { createLambdaHandler } from '../../src/lambda/handler.ts'
import { createRandom } from '../../src/learning/random.ts'
import shipped from '../../src/models/catalog/catalog.json' with { type: 'json' }
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import type { Manifest } from '../../src/models/catalog/manifest.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import { openEngine } from '../../src/models/engine/open.ts'
import { createServices } from '../../src/services/services.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { createMatrix } from '../../src/vector/matrix.ts'
import { normalizeRows } from '../../src/vector/normalize.ts'
import { compare, median, quantile } from '../console/statistics.ts'
import type { Tool, ToolValues } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { findModel, layOutModel } from './model.ts'
import { formatTargets } from './report.ts'
import type { Target } from './targets.ts'
import { textOfTokens, wordsOf } from './texts.ts'

const CACHE = resolve('.cache/bench')
const CANDIDATES = 100
const TOKENS = 60
const COLLECTION_ROWS = 100_000
const COLLECTION_COLUMNS = 384

const SHAPE = {
  name: 'bench -- match',
  summary:
    'One query with 100 candidates beside embedding their texts; ranking of 1,000 candidates by 3 models without any inference; queries against a collection of 100,000 rows through the Lambda door.',
  usage: ['[option …]'],
  options: {
    rounds: { value: '<number>', default: '15', help: 'of each' },
    threads: { value: '<number>', default: '2', help: 'threads of the runtime' },
  },
  examples: ['', '--rounds 3'],
} as const

/** Measures matching against its targets, and prints whether they hold. */
export const benchMatch: Tool = {
  shape: SHAPE,
  async run(args) {
    await measureAll(readArguments<typeof SHAPE.options>(SHAPE, args).values)
    return 0
  },
}

async function measureAll(given: ToolValues<typeof SHAPE.options>): Promise<void> {
  const rounds = Number(given.rounds)
  const threads = Number(given.threads)
  console.log(`${cpus()[0]?.model}, ${threads} threads, Node ${process.version}, ${rounds} rounds\n`)
  const model = await layOutModel(findModel(), join(CACHE, 'models'))
  const words = wordsOf(model.tokenizerJson)
  const engine = openEngine({
    manifests: [model.manifest],
    sources: [model.folder],
    budgetBytes: Number.POSITIVE_INFINITY,
    threads,
    tokenBudget: 1024,
  })
  const targets = [
    await besideEmbedding(engine, model.manifest, words, rounds),
    await withoutInference(words, rounds * 4),
    await throughDoor(threads, rounds * 20),
  ]
  await engine.close()
  console.log(`\n${formatTargets(targets)}`)
}

/** One `/match`, and the bare embedding of the same 101 texts, in turn. */
async function besideEmbedding(
  engine: Engine,
  manifest: Manifest,
  words: readonly string[],
  rounds: number,
): Promise<Target> {
  const texts = Array.from({ length: CANDIDATES + 1 }, (_, index) => textOfTokens(words, TOKENS, index + 1))
  const [query, ...candidates] = texts
  const http = appOver([manifest], engine)
  const json = bytesOf({ query, candidates, topK: 10 })
  const [matches, embeddings]: [number[], number[]] = [[], []]
  for (let round = -2; round < rounds; round++) {
    const matched = await timed(() => post(http, json))
    const job = { model: manifest.id, inputs: texts, options: {} }
    const embedded = await timed(() => engine.embed(job, createContext()))
    if (round < 0) continue
    matches.push(matched)
    embeddings.push(embedded)
  }
  console.log(
    `${manifest.id}: /match of 1 × ${CANDIDATES} texts of ${TOKENS} tokens ${median(matches).toFixed(0)} ms, embedding them ${median(embeddings).toFixed(0)} ms`,
  )
  const { median: measured, least: atBest } = compare(matches, embeddings)
  return {
    name: `/match of 1 × ${CANDIDATES} by the embedding of its texts`,
    measured,
    atBest,
    limit: 1.1,
    sense: 'at most',
  }
}

/** 1,000 candidates and 3 models whose vectors cost nothing: what is left is reading, ranking, fusion and JSON. */
async function withoutInference(words: readonly string[], rounds: number): Promise<Target> {
  const models = ['first', 'second', 'third']
  const base = shipped[0] as Manifest
  const manifests = models.map((id): Manifest => ({ ...base, id, aliases: [], dimensions: 384 }))
  const http = appOver(manifests, instantEngine(384))
  const candidates = Array.from({ length: 1000 }, (_, index) => ({
    id: `c${index}`,
    text: textOfTokens(words, TOKENS, index + 1),
  }))
  const body = {
    query: textOfTokens(words, TOKENS, 0),
    candidates,
    model: { ensemble: models.map((model) => ({ model })), fusion: 'weighted' },
  }
  const bodies = [body, { ...body, topK: 10 }, { ...body, model: 'no model' }].map(bytesOf)
  const times: number[][] = [[], [], []]
  for (let round = -20; round < rounds; round++) {
    for (const [index, json] of bodies.entries()) {
      const spent = await timed(() => post(http, json, index === 2 ? 404 : 200))
      if (round >= 0) times[index]!.push(spent)
    }
  }
  const [all, best, reading] = times as [number[], number[], number[]]
  console.log(
    `1,000 candidates of ${TOKENS} tokens, 3 models, no inference: answering with all ${median(all).toFixed(2)} ms, with the best 10 ${median(best).toFixed(2)} ms; of these, reading ${bodies[0]!.byteLength} bytes and refusing the model ${median(reading).toFixed(2)} ms`,
  )
  return {
    name: 'ranking, fusion and JSON of 1,000 × 3 beyond reading the request, ms at p50',
    measured: median(all) - median(reading),
    atBest: Math.min(...all) - Math.min(...reading),
    limit: 5,
    sense: 'at most',
  }
}

/** Queries by the bundled model against a collection of random rows, as direct invocations of a Lambda function. */
async function throughDoor(threads: number, rounds: number): Promise<Target> {
  const folder = join(CACHE, 'collections')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const manifest: Manifest = { ...(shipped[0] as Manifest), dimensions: COLLECTION_COLUMNS }
  const store = createDirectoryStore(folder)
  await buildCollection(store, 'bench', randomRows(), { model: modelOf(manifest), encoding: 'float32' })
  const collections = createCollections({ store, budgetBytes: 1e9, threads })
  const http = appOver([manifest], instantEngine(COLLECTION_COLUMNS), collections)
  const handler = createLambdaHandler({ http, directRoute: '/match', writeMetrics: () => {} })
  const words = ['night', 'nurse', 'java', 'baker', 'driver', 'teacher', 'clerk']
  const times: number[] = []
  for (let round = -20; round < rounds; round++) {
    const query = `${words[Math.abs(round) % words.length]} ${round}`
    const event = { query, candidates: { collection: 'bench' }, topK: 10 }
    const spent = await timed(() => handler(event))
    if (round >= 0) times.push(spent)
  }
  await collections.close()
  console.log(
    `Lambda door, a query against ${COLLECTION_ROWS} × ${COLLECTION_COLUMNS} rows: p50 ${median(times).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms`,
  )
  return {
    name: 'a query against 100,000 rows through the Lambda door, ms at p99',
    measured: quantile(times, 0.99),
    atBest: Math.min(...times),
    limit: 100,
    sense: 'at most',
  }
}

async function* randomRows(): AsyncIterable<CollectionRow> {
  const random = createRandom(7).next
  for (let row = 0; row < COLLECTION_ROWS; row++) {
    const vector = createMatrix(1, COLLECTION_COLUMNS)
    for (let column = 0; column < COLLECTION_COLUMNS; column++) vector.data[column] = random() - 0.5
    normalizeRows(vector)
    yield { id: `row ${row}`, fields: { text: `row ${row}`, years: row % 40 }, vector: vector.data }
  }
}

function modelOf({ id, revision, precision, dimensions }: Manifest) {
  return { id, revision, precision, dimensions }
}

/** Vectors that look like a model's and cost nothing. */
function instantEngine(columns: number): Engine {
  const random = createRandom(3).next
  const pool = createMatrix(2000, columns)
  for (let index = 0; index < pool.data.length; index++) pool.data[index] = random() - 0.5
  normalizeRows(pool)
  const measurements = { truncated: 0, tokenizeMs: 0, inferenceMs: 0, coldStart: false, loadMs: 0 }
  const unused = () => Promise.reject(new Error('The bench does not use it.'))
  return {
    async embed({ inputs }) {
      const vectors = { data: pool.data.subarray(0, inputs.length * columns), rows: inputs.length, columns }
      const inputTokens = new Uint32Array(inputs.length).fill(1)
      const unknown = new Uint8Array(inputs.length)
      const loading = { loadBytes: 0, evictions: 0 }
      return {
        vectors,
        tokens: inputs.length,
        inputTokens,
        unknown,
        cut: unknown,
        ...measurements,
        ...loading,
      }
    },
    score: unused,
    tokenize: unused,
    preload: async () => {},
    usage: () => [],
    close: async () => {},
  }
}

function appOver(
  manifests: readonly Manifest[],
  engine: Engine,
  collections?: ReturnType<typeof createCollections>,
): HttpApp {
  const catalog = createCatalog(manifests)
  const defaultModel = manifests[0]!.id
  const services = createServices({ catalog, engine, defaultModel, collections })
  return createHttpApp({ ...services, catalog, engine, defaultModel, limits: LAMBDA_LIMITS })
}

async function post(http: HttpApp, body: Uint8Array<ArrayBuffer>, status = 200): Promise<void> {
  const request = new Request('http://localhost/match', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const response = await http.fetch(request, createContext())
  const text = await response.text()
  if (response.status !== status) throw new Error(text)
}

function bytesOf(body: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(body))
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}
