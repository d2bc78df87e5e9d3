import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type App, createApp, createThreadedApp } from '../src/app.ts'
import { createBatchApp } from '../src/batch-app.ts'
import { buildCollection } from '../src/collections/write.ts'
import { type Config, readConfig } from '../src/config.ts'
import { createContext } from '../src/context.ts'
import catalog from '../src/models/catalog/catalog.json' with { type: 'json' }
import { makerOf } from '../src/models/catalog/learned.ts'
import type { Manifest } from '../src/models/catalog/manifest.ts'
import { createDirectoryStore } from '../src/storage/directory.ts'
import { createBucket, readDocument, readOutput } from './support/batch-service.ts'
import { bundleProgram } from './support/bundles.ts'
import { rowsOf } from './support/collections.ts'
import { temporaryFolder } from './support/folders.ts'
import { get, post } from './support/http.ts'
import { learnMap } from './support/learned.ts'
import { shippedFolder } from './support/shipped-model.ts'

const base = catalog[0] as Manifest
const QUERY = '软件工程师'
const CANDIDATES = [
  { id: 'a', text: 'Registered nurse, intensive care' },
  { id: 'b', text: 'Software engineer' },
]

/** A folder with a table, a map of queries and a map of all vectors, each learned on the bundled model. */
async function learnAll() {
  const folder = temporaryFolder('learned')
  const read = (path: string) => readFileSync(join(shippedFolder, base.id, path))
  const table = { side: 'table', graph: read(base.graph), tokenizer: read(base.tokenizer) } as const
  return {
    folder,
    table: await learnMap(folder, base, 'both', { name: 'jobs.table', made: table, forced: true }),
    query: await learnMap(folder, base, 'query', { name: 'jobs.query', report: { decision: 'ships' } }),
    both: await learnMap(folder, base, 'both', { name: 'jobs.both' }),
  }
}

function configWith(folder: string, changes: Partial<Config> = {}): Config {
  const environment = { MODEL_SOURCES: `${shippedFolder},${folder}`, PORT: '0', THREADS: '1' }
  return { ...readConfig(environment, { memoryBytes: 2e9, processors: 1, root: '/nowhere' }), ...changes }
}

function open(folder: string, changes: Partial<Config> = {}): App {
  const app = createApp(configWith(folder, changes))
  onTestFinished(() => app.close())
  return app
}

async function ask({ http }: App, path: string, body: object) {
  const response = await http.fetch(post(path, body))
  return { status: response.status, body: (await response.json()) as Record<string, never> & Answer }
}

interface Answer {
  readonly embeddings: number[][]
  readonly revision: string
  readonly warnings: string[]
  readonly data: { readonly embedding: number[] }[]
  readonly models: ({ readonly id: string; readonly aliases: string[] } & Partial<
    Pick<Manifest, 'learned'>
  >)[]
}

test('serves what was learned on every route, from a folder that only MODEL_SOURCES names', async () => {
  const { folder, ...learned } = await learnAll()
  const app = open(folder)
  for (const { id, revision } of Object.values(learned)) {
    const embed = await ask(app, '/embed', { input: QUERY, model: id, role: 'query' })
    expect(embed.body).toMatchObject({ model: id, revision, dimensions: base.dimensions })
    const openAi = await ask(app, '/v1/embeddings', { input: QUERY, model: id, dimensions: 64 })
    expect(openAi.body.data[0]!.embedding).toHaveLength(64)
    const match = await ask(app, '/match', { query: { text: QUERY }, candidates: CANDIDATES, model: id })
    expect(match.body).toMatchObject({
      models: [{ model: id, revision }],
      results: [{ id: 'b' }, { id: 'a' }],
    })
    const rerank = await ask(app, '/rerank', {
      query: QUERY,
      texts: CANDIDATES.map(({ text }) => text),
      model: id,
    })
    expect(rerank.body).toMatchObject([{ index: 1 }, { index: 0 }])
    const tei = { source_sentence: QUERY, sentences: CANDIDATES.map(({ text }) => text) }
    expect((await ask(app, '/similarity', { inputs: tei, model: id })).status).toBe(200)
    expect((await ask(app, '/tokenize', { inputs: QUERY, model: id })).status).toBe(200)
  }
})

test('maps queries by their role, and leaves documents as the base makes them', async () => {
  const { folder, query, both } = await learnAll()
  const app = open(folder)
  const vectorOf = async (model: string, role?: string) => {
    const { body } = await ask(app, '/embed', { input: QUERY, model, ...(role && { role }) })
    return body.embeddings[0]!
  }
  const plain = await vectorOf(base.id)
  expect(await vectorOf(query.id, 'document')).toEqual(plain)
  expect(await vectorOf(query.id)).toEqual(plain)
  expect(await vectorOf(query.id, 'query')).not.toEqual(plain)
  expect(await vectorOf(both.id)).not.toEqual(plain)
  expect(await vectorOf(both.id, 'query')).toEqual(await vectorOf(query.id, 'query'))
})

test('says that a text without a role is a document where queries alone are mapped', async () => {
  const { folder, query, both } = await learnAll()
  const app = open(folder)
  const warningsOf = async (fields: object) =>
    (await ask(app, '/embed', { input: QUERY, ...fields })).body.warnings
  expect(await warningsOf({ model: query.id })).toEqual([
    `Model ${query.id} maps queries alone; without role "query" these are the vectors of documents, as ${base.id} makes them.`,
  ])
  for (const fields of [
    { model: query.id, role: 'query' },
    { model: query.id, role: 'document' },
    { model: both.id },
  ])
    expect(await warningsOf(fields)).toEqual([])
})

test('shows in the list of models what was learned, on what, and that it was forced', async () => {
  const { folder, table, query } = await learnAll()
  const app = open(folder)
  const { models } = (await (await app.http.fetch(get('/models'))).json()) as Answer
  const byId = new Map(models.map((model) => [model.id, model]))
  expect(byId.get(table.id)).toMatchObject({
    aliases: [],
    learned: { side: 'table', base: base.id, forced: true },
  })
  expect(byId.get(query.id)!.learned).toEqual(query.learned)
  expect(query.learned).not.toHaveProperty('forced')
  expect(byId.get(base.id)).not.toHaveProperty('learned')
  const list = (await (await app.http.fetch(get('/v1/models'))).json()) as { data: { id: string }[] }
  expect(list.data.map(({ id }) => id)).toEqual(expect.arrayContaining([table.id, query.id]))
})

test('never makes what was learned an alias or the default by itself', async () => {
  const { folder } = await learnAll()
  const app = open(folder)
  await app.http.fetch(get('/models'))
  for (const body of [
    { input: QUERY },
    { input: QUERY, model: 'jobs' },
    { input: QUERY, model: 'jobs-static' },
  ])
    expect((await ask(app, '/embed', body)).body).toMatchObject({ model: base.id })
})

test('serves what was learned by an alias, as the default and preloaded, where settings say so', async () => {
  const { folder, query } = await learnAll()
  const settings = { modelAliases: { jobs: query.id }, defaultModel: query.id, preloadModels: [query.id] }
  const app = open(folder, settings)
  await app.preload()
  for (const body of [{ input: QUERY }, { input: QUERY, model: 'jobs' }])
    expect((await ask(app, '/embed', body)).body).toMatchObject({ model: query.id })
})

test('refuses at the start an alias or a default that no folder has', async () => {
  const folder = temporaryFolder('empty')
  expect(() => open(folder, { defaultModel: 'jobs.gone-2026-11' })).toThrow(
    /The setting DEFAULT_MODEL is wrong/,
  )
  expect(() => open(folder, { modelAliases: { mine: 'jobs.gone-2026-11' } })).toThrow(
    /The setting MODEL_ALIASES/,
  )
})

test('says what is wrong with a folder in the list of models, without telling where it lies', async () => {
  const { folder, query } = await learnAll()
  await createDirectoryStore(folder).write(`bad/manifest.json`, Buffer.from('{}'))
  const app = open(folder)
  const answer = (await (await app.http.fetch(get('/models'))).json()) as Answer
  expect(answer.warnings).toEqual([expect.stringMatching(/^…\/manifest\.json is wrong at/)])
  expect(JSON.stringify(answer)).not.toContain(folder)
  expect(answer.models.map(({ id }) => id)).toContain(query.id)
})

test('serves what was found after the start from worker threads, too', async () => {
  const { folder, query, table } = await learnAll()
  const worker = await bundleProgram('functions/worker.ts')
  onTestFinished(() => worker.remove())
  const app = createThreadedApp(configWith(folder), worker.path('worker.js'))
  onTestFinished(() => app.close())
  expect((await ask(app, '/embed', { input: QUERY, model: query.id })).body).toMatchObject({
    model: query.id,
  })
  // The thread runs by now, and hears of this one while it does.
  expect((await ask(app, '/embed', { input: QUERY, model: table.id })).body).toMatchObject({
    model: table.id,
  })
})

/** A collection of the candidates as a model makes them, in a folder. */
async function collect(app: App, made: Manifest): Promise<string> {
  const folder = temporaryFolder('collections')
  const rows = []
  for (const { id, text } of CANDIDATES) {
    const { body } = await ask(app, '/embed', { input: text, model: made.id, role: 'document' })
    rows.push({ id, fields: { text }, vector: Float32Array.from(body.embeddings[0]!) })
  }
  const model = { ...makerOf(made), dimensions: made.dimensions }
  await buildCollection(createDirectoryStore(folder), 'jobs', rowsOf(rows), { model })
  return folder
}

test('asks a collection of the base by a map of queries, and refuses one of all vectors in a sentence', async () => {
  const { folder, query, both, table } = await learnAll()
  const collections = await collect(open(folder), base)
  const app = open(folder, { collections })
  const request = { query: { text: QUERY }, candidates: { collection: 'jobs' } }
  const found = await ask(app, '/match', { ...request, model: query.id })
  expect(found.body).toMatchObject({ models: [{ model: query.id }], results: [{ id: 'b' }, { id: 'a' }] })
  const given = await ask(app, '/match', { query: { text: QUERY }, candidates: CANDIDATES, model: query.id })
  const scores = ({ body }: typeof found) => (body as unknown as { results: { score: number }[] }).results
  expect(scores(found)[0]!.score).toBeCloseTo(scores(given)[0]!.score, 5)
  for (const { id, learned } of [both, table]) {
    const refused = await ask(app, '/match', { ...request, model: id })
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toContain(
      `${learned!.side === 'both' ? 'a map of all vectors behind' : 'a table learned on'} ${base.id}`,
    )
  }
})

test('records which side of a collection was adapted and of which base, by which it is asked', async () => {
  const { folder, query, both } = await learnAll()
  const first = open(folder)
  const ofQueries = await collect(first, query)
  const ofAll = await collect(first, both)
  const version = JSON.parse(readFileSync(join(ofQueries, 'jobs', 'versions', '0000000001.json'), 'utf8'))
  expect(version.model.learned).toEqual({ side: 'query', base: base.id, revision: base.revision })
  const statusOf = async (collections: string, model: string) =>
    (
      await ask(open(folder, { collections }), '/match', {
        query: { text: QUERY },
        candidates: { collection: 'jobs' },
        model,
      })
    ).status
  expect(await statusOf(ofQueries, query.id)).toBe(200)
  expect(await statusOf(ofQueries, base.id)).toBe(200)
  expect(await statusOf(ofQueries, both.id)).toBe(400)
  expect(await statusOf(ofAll, both.id)).toBe(200)
  expect(await statusOf(ofAll, base.id)).toBe(400)
  expect(await statusOf(ofAll, query.id)).toBe(400)
})

test('makes a collection by a job and matches another job against it, by folders named after the model', async () => {
  const { folder, query } = await learnAll()
  const lines = CANDIDATES.map((row) => `${JSON.stringify(row)}\n`).join('')
  const { store } = createBucket({
    [`input/${query.id}/jobs.jsonl`]: lines,
    [`input/${query.id}/jobs.jsonl.job.json`]: '{"job":"collection","collection":"jobs"}',
    [`input/${query.id}/resumes.jsonl`]: `${JSON.stringify({ id: 'r', text: QUERY })}\n`,
    [`input/${query.id}/resumes.jsonl.job.json`]: '{"job":"match","collection":"jobs","top":1}',
  })
  for (const name of ['jobs', 'resumes']) {
    // Each job meets a process that has never heard of the model.
    const app = createBatchApp(configWith(folder))
    onTestFinished(() => app.engine.close())
    const outcome = await app.batch.run({ store, key: `input/${query.id}/${name}.jsonl` }, createContext())
    expect(outcome).toMatchObject({ status: 'succeeded' })
  }
  expect(await readDocument(store, '_SUCCESS.json')).toBeDefined()
  expect((await readOutput(store, 'part')).at(-1)).toMatchObject({ id: 'r', matches: [{ id: 'b' }] })
})

test('writes nothing that was learned into the folder of the base', async () => {
  const { folder } = await learnAll()
  expect(existsSync(join(folder, base.id))).toBe(false)
})
