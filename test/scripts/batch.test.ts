import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { cancelJob, executionOf, listJobs, reopenJob } from '../../scripts/batch/jobs.ts'
import { readOptions } from '../../scripts/batch/options.ts'
import { openLaptop } from '../../scripts/batch/places.ts'
import { formatProgress } from '../../scripts/batch/progress.ts'
import { describeOutcome, runHere } from '../../scripts/batch/run.ts'
import { forecast, formatForecast } from '../../scripts/batch/simulation.ts'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import type { BatchRequest } from '../../src/services/batch/batch.ts'
import { createSplitService } from '../../src/services/batch/split.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { createTestBatch, readOutput, rowsOfText, testBatchParts } from '../support/batch-service.ts'
import { temporaryFolder } from '../support/folders.ts'

const FLAGS = { out: 'o', settings: {}, subject: 'a.csv', command: 'run' }

it.each([
  ['run a.csv --out o', FLAGS],
  [
    'run a.csv --out o --model m --text-column t --shard-rows 9 --set top=3 --set role=query',
    { ...FLAGS, settings: { model: 'm', textColumn: 't', shardRows: 9, top: 3, role: 'query' } },
  ],
  [
    'run a.csv --out o --charset big5 --delimiter tab --unclosed-quote row',
    { ...FLAGS, settings: { charset: 'big5', delimiter: 'tab', unclosedQuote: 'row' } },
  ],
  ['status --bucket b', { command: 'status', bucket: 'b', subject: undefined }],
  [
    'redrive j --bucket b --queue q --dead-letter d --state-machine m --restart',
    { queue: 'q', deadLetter: 'd', stateMachine: 'm', restart: true },
  ],
])('the command line %j asks for %j', (line, options) => {
  expect(readOptions(line.split(' '))).toMatchObject(options)
})

it.each([
  ['', /no command \(none\)/],
  ['walk --out o', /no command walk; expected run/],
  ['run --out o', /run needs a file/],
  ['cancel --out o', /cancel needs a job/],
  ['status', /either a folder with --out or a bucket/],
  ['run a --bucket b', /run needs a folder/],
  ['run a --out o --set top', /expected name=value/],
  ['run a --out o --qqqqqqqqqqqqqq red', /There is no option --q+; expected --out, --bucket/],
  ['run a --out o --modle fast', /^There is no option --modle; did you mean --model/],
  ['status --out o --restrat', /^There is no option --restrat; did you mean --restart/],
  ['simulate --rows none', /--rows is "none"; expected a number/],
])('the command line %j is refused', (line, message) => {
  expect(() => readOptions(line.split(' ').filter(Boolean))).toThrow(message)
})

it.each([
  [
    { rows: 5000, errors: 0, share: 0.5, newRows: 5000, elapsedMs: 2000 },
    '[████████████░░░░░░░░░░░░]  50 %  5,000 rows  2,500 rows/s  0:02 left',
  ],
  [{ rows: 10, errors: 1, share: undefined, newRows: 10, elapsedMs: 1000 }, '10 rows  10 rows/s  1 error'],
  [{ rows: 0, errors: 2, share: 0, newRows: 0, elapsedMs: 0 }, '0 rows  0 rows/s  2 errors'],
  [{ rows: 1000, errors: 0, share: 0.01, newRows: 10, elapsedMs: 1000 }, /2:45:00 left$/],
])('the progress of %j is %s', (progress, line) => {
  if (typeof line === 'string') expect(formatProgress(progress)).toBe(line)
  else expect(formatProgress(progress)).toMatch(line)
})

function createPlace(rows: number, settings: object = {}) {
  const folder = temporaryFolder('batch')
  const [file, out] = [join(folder, 'rows.jsonl'), join(folder, 'out')]
  writeFileSync(file, rowsOfText(rows))
  return { file, out, open: () => openLaptop(file, out, { shardRows: 3, ...settings }) }
}

const run = (request: BatchRequest) => createTestBatch().run(request, createContext())
const statusesOf = async (store: WritableStore) => {
  const statuses = []
  for await (const status of listJobs(store)) statuses.push(status)
  return statuses
}
/** Breaks off after some shards. */
const breakAfter = (request: BatchRequest, shards: number): BatchRequest => {
  const { store } = request
  let left = shards
  const write: WritableStore['write'] = async (key, ...rest) => {
    if (key.includes('/part-') && left-- === 0) throw new AppError('upstream_failed', 'The disk is away.')
    return store.write(key, ...rest)
  }
  return { ...request, store: { ...store, write } }
}

it('a run on this machine leaves its shards in the folder, and its status', async () => {
  const { out, open } = createPlace(8)
  const outcome = await run(open())
  expect(existsSync(join(out, outcome.job, 'part-00002.jsonl'))).toBe(true)
  expect(describeOutcome(outcome, out)).toBe(`8 rows, 0 errors, 3 shards in ${join(out, outcome.job)}`)
  expect(await statusesOf(open().store)).toMatchObject([
    {
      job: outcome.job,
      state: 'succeeded',
      key: 'input/rows.jsonl',
      rows: 8,
      errors: 0,
      shards: 3,
      share: 1,
    },
  ])
})

it('settings of the sidecar count, those of the command line more', async () => {
  const { file, open } = createPlace(8, { shardRows: 4 })
  writeFileSync(`${file}.job.json`, '{"shardRows":1,"encoding":"base64"}')
  const { store, key } = open()
  expect(await run({ store, key })).toMatchObject({ checkpoint: { shards: 2 } })
  expect(typeof (await readOutput(store, 'part'))[0]!.embedding).toBe('string')
})

it.each([
  [{ modle: 'small' }, 'The job settings in the option --set modle have the unknown field modle'],
  [{ top: 0 }, 'The job settings in the option --set top have 0 in top; expected a number of at least 1'],
  [{ textColumn: 5 }, 'The job settings in the option --text-column have 5 in textColumn'],
  [{ shardRows: 'many' }, 'The job settings in the option --shard-rows have "many" in shardRows'],
  [{ constructor: 1 }, 'The job settings in the option --set constructor have the unknown field constructor'],
])('a wrong setting %j of the command line is called by its option', (settings, message) => {
  expect(() => createPlace(1, settings).open()).toThrow(message)
})

it('a setting that the command line gives twice is refused', () => {
  const read =
    (...more: string[]) =>
    () =>
      readOptions(['run', 'a.jsonl', '--out', 'b', ...more])
  expect(read('--set', 'top=3', '--set', 'top=4')).toThrow('--set gives the setting top a second time')
  expect(read('--model', 'jobs', '--set', 'model=small')).toThrow(
    '--set gives the setting model a second time',
  )
  expect(read('--set', '__proto__=1')().settings).toHaveProperty('__proto__', 1)
})

it('the same command goes on, and a file that changed is a new job', async () => {
  const { file, out, open } = createPlace(8)
  const broken = await run(breakAfter(open(), 1))
  expect(describeOutcome(broken, out)).toMatch(
    /^Not finished: .*The disk is away. The same command goes on from there.$/,
  )
  expect(await statusesOf(open().store)).toMatchObject([
    { state: 'begun', rows: 3, share: expect.closeTo(3 / 8, 1) },
  ])
  expect(await run(open())).toMatchObject({ status: 'succeeded', job: broken.job })
  writeFileSync(file, rowsOfText(9))
  utimesSync(file, new Date(), new Date(Date.now() + 5000))
  expect((await run(open())).job).not.toBe(broken.job)
})

it('a job is cancelled, and opened again', async () => {
  const { out, open } = createPlace(8)
  const { store, key } = open()
  const { job } = await run(breakAfter({ store, key }, 1))
  await cancelJob(store, job)
  const cancelled = await run({ store, key })
  expect(cancelled).toMatchObject({ status: 'cancelled' })
  expect(describeOutcome(cancelled, out)).toMatch(/^cancelled: see /)
  await reopenJob(store, job, false)
  expect(await run({ store, key })).toMatchObject({ status: 'succeeded', checkpoint: { rows: 8 } })
})

it('a run here takes up what had failed or was cancelled', { timeout: 300_000 }, async () => {
  const { file, out } = createPlace(8)
  const here = () => runHere(openLaptop(file, out, { shardRows: 3 }), { out, say: () => {} })
  const { job } = await here()
  const { store } = openLaptop(file, out, {})
  for (const end of ['_FAILED.json', '_CANCELLED.json']) {
    for await (const key of store.list(`output/${job}/`)) await store.remove(key)
    await store.write(`output/${job}/${end}`, Buffer.from('{}'))
    expect(await here()).toMatchObject({ status: 'succeeded', job, checkpoint: { rows: 8 } })
  }
})

it('names the file of settings that are no JSON', () => {
  const { file, open } = createPlace(8)
  writeFileSync(`${file}.job.json`, '{"model": ')
  expect(open).toThrow(`The job settings in ${file}.job.json are no JSON`)
})

it('a job that failed by its settings begins anew when it is opened again', async () => {
  const { out, open } = createPlace(8, { model: 'smal' })
  const failed = await run(open())
  expect(describeOutcome(failed, out)).toMatch(/^failed: .*did you mean "small"/)
  const record = JSON.parse(readFileSync(join(out, failed.job, '_FAILED.json'), 'utf8'))
  expect(record.remedy).toContain(failed.job)
  const { store } = open()
  expect(await statusesOf(store)).toMatchObject([
    { state: 'failed', message: expect.stringContaining('smal') },
  ])
  await reopenJob(store, failed.job, false)
  expect(await statusesOf(store)).toEqual([])
})

it('a job that was split keeps its ranges that are done, and its input starts the state machine', async () => {
  const { open } = createPlace(40)
  const { store, key } = open()
  const split = createSplitService({ ...testBatchParts(), rangeBytes: 200 })
  const context = createContext()
  const { job, items, ranges } = await split.plan({ store, key }, context)
  const [first] = JSON.parse(await text(await store.read(items)))
  await split.work({ store, job, range: first }, context)
  await split.fail({ store, job, name: 'internal', message: 'Broken.' }, context)
  const [status] = await statusesOf(store)
  expect(status).toMatchObject({
    state: 'failed',
    ranges,
    shards: 3,
    share: first.end / rowsOfText(40).length,
  })
  expect(status!.rows).toBeGreaterThan(0)
  await reopenJob(store, job, false)
  expect(await statusesOf(store)).toMatchObject([{ state: 'begun', rows: status!.rows, ranges }])
  const input = await executionOf(store, 'files', { key, versionId: 'v1', job })
  expect(JSON.parse(input)).toEqual({
    detail: {
      bucket: { name: 'files' },
      object: { key, etag: (await store.stat(key))!.etag, 'version-id': 'v1', job },
    },
  })
  await expect(executionOf(store, 'files', { key: 'input/gone.csv', job })).rejects.toThrow(
    'has no input/gone.csv any more',
  )
})

it('a job that is not there is named', async () => {
  const { open } = createPlace(1)
  await expect(cancelJob(open().store, 'none')).rejects.toThrow(/has no job none/)
})

const BILLION = {
  ...{ rows: 1e9, bytesPerRow: 130, rangeBytes: 2 ** 26, rowsPerSecond: 12_000, shardRows: 4096 },
  ...{ outputBytesPerRow: 1400, concurrency: 100, memoryMegabytes: 1769, timeoutSeconds: 900 },
}

it('a billion rows are forecast by arithmetic', () => {
  const { ranges, invocationsPerRange, shards, minutes, outputGigabytes, usd, limits } = forecast(BILLION)
  expect([ranges, invocationsPerRange, outputGigabytes, limits]).toEqual([1938, 1, 1400, []])
  expect(shards).toBeGreaterThanOrEqual(1e9 / 4096)
  expect(minutes).toBeCloseTo((20 * (1e9 / 1938 / 12_000) + 1.6) / 60, 1)
  expect(usd.compute).toBeCloseTo((1e9 / 12_000 + 60) * (1769 / 1024) * 0.0000166667, 2)
  expect(formatForecast(forecast(BILLION))).toMatch(/1,938 ranges.*\n.* minutes, \$.*\nNo limit/)
})

it('a forecast names the limits that a job reaches', () => {
  const slow = forecast({ ...BILLION, rowsPerSecond: 0.2, rangeBytes: 2 ** 40, concurrency: 1 })
  expect(slow.limits).toEqual([expect.stringMatching(/keeps 25000 events/)])
  const wide = forecast({ ...BILLION, concurrency: 20_000, rangeBytes: 2 ** 20 })
  expect(wide.limits).toHaveLength(3)
  expect(formatForecast(wide)).toMatch(/10000 children/)
})
