import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterAll, expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import type { Engine } from '../../../src/models/engine/engine.ts'
import { serveEngine } from '../../../src/models/threads/worker.ts'
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { createFormatOpener, openReader } from '../../../src/services/batch/formats/open-formats.ts'
import { createBatchThread } from '../../../src/services/batches/batch-thread.ts'
import { createPatientEngine } from '../../../src/services/batches/patient-engine.ts'
import { createRemoteEngine } from '../../../src/services/batches/remote-engine.ts'
import type { BatchEvents } from '../../../src/services/batches/run-batch.ts'
import { serveBatches } from '../../../src/services/batches/serve-batches.ts'
import type { BatchEnd, BatchSource, Preview } from '../../../src/services/batches/shapes.ts'
import type { FromBatchThread, ToBatchThread } from '../../../src/services/batches/thread-messages.ts'
import { smallCatalog, testBatchParts } from '../../support/batch-service.ts'
import { bundleProgram } from '../../support/bundles.ts'
import { configOf } from '../../support/configs.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { fakeJudge, judgeServiceOf } from '../../support/judge.ts'
import { writeTinyModels } from '../../support/tiny-model.ts'
import { createWordEngine } from '../../support/word-engine.ts'

const program = await bundleProgram('functions/batch-thread.ts')
const models = writeTinyModels()
afterAll(() => {
  program.remove()
  models.remove()
})

function sourceOf(filename: string, content: string, settings: object = {}): BatchSource {
  const path = join(temporaryFolder('source'), 'content')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return {
    path,
    filename,
    bytes: Buffer.byteLength(content),
    sha256: 'a'.repeat(64),
    settings: { ...settings },
  }
}

/** Asks the same program in this thread, and gives all that it says. */
async function ask(message: (id: number) => ToBatchThread, engine: Engine = createWordEngine()) {
  const { port1, port2 } = new MessageChannel()
  const openFormat = createFormatOpener({ catalog: smallCatalog, budgetBytes: 1e6, threads: 1 })
  const base = { ...testBatchParts(engine), openReader, openFormat }
  serveBatches(port2, { ...base, batch: createBatchService(base) }, undefined)
  const said: FromBatchThread[] = []
  const last = await new Promise<FromBatchThread>((resolve) => {
    port1.on('message', (heard: FromBatchThread) => {
      said.push(heard)
      if (heard.kind === 'result' || heard.kind === 'failure') resolve(heard)
    })
    port1.postMessage(message(7))
  })
  port1.close()
  if (last.kind !== 'result') throw new Error(`The thread failed: ${JSON.stringify(last)}`)
  return { said, result: last.result }
}

const preview = async (source: BatchSource) =>
  (await ask((id) => ({ kind: 'preview', id, source }))).result as Preview

async function run(source: BatchSource, total?: number) {
  const folder = temporaryFolder('batch')
  const { said, result } = await ask((id) => ({
    kind: 'run',
    id,
    task: { ...source, id: 'batch_x', folder, total },
  }))
  return { said, folder, end: result as BatchEnd }
}

test('a table is read through, then worked on, with each step told', async () => {
  const { said, end } = await run(sourceOf('rows.csv', 'id,text\n1,nurse\n2,\n3,baker\n'))
  expect(said.map(({ kind }) => kind)).toEqual(['planned', 'written', 'written', 'progress', 'result'])
  expect(said[0]).toMatchObject({
    total: 3,
    found: { format: 'csv', charset: 'utf-8', textColumn: 'text', rows: 'native' },
  })
  expect(end).toMatchObject({
    status: 'completed',
    counts: { completed: 2, failed: 1 },
    problems: [],
    reasons: [{ count: 1, line: 3 }],
  })
  expect([end.output.keys.length, end.errors.keys.length]).toEqual([1, 1])
})

test('one that goes on is not counted again', async () => {
  const { said, end } = await run(sourceOf('rows.csv', 'text\nnurse\n'), 1)
  expect([said.map(({ kind }) => kind).includes('planned'), end.status]).toEqual([false, 'completed'])
})

test.each([
  ['rows.pdf', '%PDF-1.7', {}, { param: 'format', message: expect.stringContaining('PDF') }],
  ['rows.csv', 'a,b\n1,2\n', {}, { param: 'textColumn' }],
  ['rows.csv', 'text\n"never closed\nnurse\n', {}, { code: 'invalid_request' }],
  ['rows.csv', 'text\nnurse\n', { model: 'nope' }, { code: 'unknown_model' }],
])('%s with %j fails before anything is embedded, and says why', async (name, content, settings, problem) => {
  const { end } = await run(sourceOf(name, content, settings))
  expect(end).toMatchObject({
    status: 'failed',
    problems: [problem],
    counts: { completed: 0 },
    output: { keys: [] },
  })
})

test('a batch of which most rows fail has failed, and keeps the errors', async () => {
  const { end } = await run(sourceOf('rows.csv', 'id,text\n1,\n2,\n3,baker\n'))
  expect(end).toMatchObject({
    status: 'failed',
    counts: { failed: 2 },
    problems: [{ message: expect.stringContaining('maxErrorShare') }],
  })
  expect(end.errors.keys.length).toBe(1)
})

test('a preview shows what would be read, and what would become error rows', async () => {
  expect(await preview(sourceOf('rows.tsv', 'id\ttext\n1\tnurse\n2\t\n'))).toMatchObject({
    problem: null,
    found: { model: 'small', dimensions: 4, format: 'tsv', delimiter: '\t', textColumn: 'text' },
    columns: ['id', 'text'],
    firstRows: [
      { line: 2, fields: { id: '1', text: 'nurse' }, problem: null },
      { line: 3, fields: { id: '2', text: '' } },
    ],
    rowsSeen: 2,
    whole: true,
    warnings: [
      expect.stringContaining('1 of the first 2 rows would become error rows; the first, in line 3'),
    ],
  })
})

test('a preview shows rows that cannot be read, long texts cut, and numbers that are no number of JavaScript', async () => {
  const long = JSON.stringify({ text: 'x'.repeat(600), tags: ['a'], big: 1 }).replace(
    '"big":1',
    '"big":12345678901234567890123',
  )
  const { firstRows } = await preview(sourceOf('rows.jsonl', `${long}\n{"text": \n`))
  expect(firstRows[0]!.fields).toMatchObject({ text: `${'x'.repeat(500)}…`, tags: ['a'] })
  expect(firstRows[1]).toMatchObject({ line: 2, fields: null, problem: expect.stringMatching(/\w/) })
})

test('a preview of a file with no rows warns, one that cannot be read says what helps', async () => {
  expect((await preview(sourceOf('rows.csv', 'id,text\n'))).warnings).toEqual([
    expect.stringContaining('The file has no rows'),
  ])
  const workbook = await preview(sourceOf('rows.xlsx', 'PK\u0003\u0004 xl/workbook.xml'))
  expect(workbook).toMatchObject({ columns: [], firstRows: [], problem: { code: 'invalid_request' } })
})

test('a match without collections says so', async () => {
  const { end } = await run(sourceOf('rows.csv', 'text\nnurse\n', { job: 'match', collection: 'jobs' }))
  expect(end).toMatchObject({
    status: 'failed',
    problems: [{ message: expect.stringContaining('COLLECTIONS') }],
  })
})

const script = program.path('batch-thread.js')
const judge = async () => judgeServiceOf(fakeJudge(() => [0.5, 0.5]))
const quiet: BatchEvents = { planned: () => {}, progress: () => {}, written: () => {} }

test('the real thread embeds with the engine of this one, is stopped, and is started anew when it died', async () => {
  const engine = createWordEngine()
  const thread = createBatchThread(script, configOf(models), engine, judge)
  const source = sourceOf('rows.csv', 'text\nnurse\nbaker\n', { model: 'tiny' })
  const task = { ...source, id: 'batch_x', folder: temporaryFolder('batch') }
  const end = await thread.run(task, quiet, new AbortController().signal)
  expect([end.status, end.counts.completed, engine.jobs.length]).toEqual(['completed', 2, 1])
  const other = { ...task, folder: temporaryFolder('batch') }
  expect(await thread.run(other, quiet, AbortSignal.abort())).toMatchObject({
    status: 'stopped',
    output: { keys: [] },
  })
  const asked = thread.preview(source)
  await thread.close()
  await expect(asked).rejects.toMatchObject({ code: 'inference_failed' })
  expect((await thread.preview(source)).found.textColumn).toBe('text')
  await thread.close()
})

test('an engine in another thread answers, fails and is aborted as one in this thread does', async () => {
  const { port1, port2 } = new MessageChannel()
  const engine = createWordEngine()
  serveEngine(port1, engine)
  const remote = createRemoteEngine(port2)
  const context = createContext()
  const job = {
    model: 'small',
    inputs: ['nurse', 'baker'],
    options: { dimensions: 4, truncate: 'end', deterministic: false },
  } as const
  expect((await remote.embed(job, context)).vectors).toEqual((await engine.embed(job, context)).vectors)
  const pairs = { model: 'cross', query: 'nurse', texts: ['nurse'], options: { truncate: true } }
  expect((await remote.score(pairs as Parameters<Engine['score']>[0], context)).scores).toEqual(
    Float32Array.of(0.5),
  )
  const tokens = { model: 'small', texts: ['a'], specialTokens: false, maxBytes: 1000 }
  expect(JSON.parse(Buffer.from(await remote.tokenize(tokens, context)).toString())).toMatchObject([
    [{ text: 'a' }],
  ])
  await remote.preload(['small'], context)
  expect(remote.usage()).toEqual([])
  await remote.close()
})

test('a batch comes again where too many wait, until it is no longer wanted', async () => {
  let refusals = 2
  const busy = () => {
    if (refusals-- > 0) throw new AppError('overloaded', 'Too many wait.')
  }
  const words = createWordEngine()
  const engine = createPatientEngine({
    ...words,
    async embed(job, context) {
      busy()
      return words.embed(job, context)
    },
  })
  const job = {
    model: 'small',
    inputs: ['nurse'],
    options: { dimensions: 4, truncate: 'end', deterministic: false },
  } as const
  expect((await engine.embed(job, createContext())).vectors.rows).toBe(1)
  refusals = Number.POSITIVE_INFINITY
  const ending = new AbortController()
  const asked = engine.embed(job, createContext({ signal: ending.signal }))
  ending.abort()
  await expect(asked).rejects.toMatchObject({ code: 'deadline_exceeded' })
  const broken = createPatientEngine({
    ...words,
    embed: async () => Promise.reject(new AppError('internal', 'No.')),
  })
  await expect(broken.embed(job, createContext())).rejects.toMatchObject({ code: 'internal' })
})
