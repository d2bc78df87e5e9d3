import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { COUNTS, chunksOf, openTestBatches as open, written } from '../../support/open-batches.ts'

test('batches are worked on one at a time, the oldest first', async () => {
  const { batches, given, at, begin, statusOf } = await open(temporaryFolder('files'))
  const [first, second] = [await begin(), await begin()]
  await at(0)
  expect([given.length, batches.waiting(first), batches.waiting(second)]).toEqual([1, 0, 1])
  ;(await at(0)).end({})
  await eventually(() => expect(given.length).toBe(2))
  expect([statusOf(first), statusOf(second)]).toEqual(['completed', 'validating'])
  expect((await at(1)).task).toMatchObject({
    id: second.id,
    filename: 'rows.csv',
    settings: { job: 'embed' },
  })
  await batches.close()
})

test('a batch that ends has files of what was written, nothing of which was copied', async () => {
  const { batches, at, begin, statusOf } = await open(temporaryFolder('files'))
  const batch = await begin()
  const { task, events, end } = await at(0)
  events.planned(
    {
      model: 'small',
      dimensions: 4,
      format: 'csv',
      compression: 'none',
      charset: 'utf-8',
      delimiter: ',',
      rows: 'native',
      textColumn: 'text',
    },
    3,
  )
  expect(batches.batch(batch.id)).toMatchObject({ status: 'in_progress', total: 3 })
  events.progress({ ...COUNTS, completed: 1 })
  expect(batches.batch(batch.id)!.counts.completed).toBe(1)
  end({
    output: written(task, 'part-00000.jsonl', 'one\ntwo\n'),
    errors: written(task, 'errors-00000.jsonl', 'bad\n'),
  })
  await eventually(() => expect(statusOf(batch)).toBe('completed'))
  const ended = batches.batch(batch.id)!
  const files = [ended.outputFileId, ended.errorFileId].map((id) => batches.file(id)!)
  expect(await Promise.all(files.map((file) => text(batches.read(file))))).toEqual(['one\ntwo\n', 'bad\n'])
  expect(files.map(({ purpose }) => purpose)).toEqual(['batch_output', 'batch_output'])
  await batches.removeFile(files[0]!)
  expect(existsSync(join(task.folder, 'output/job/part-00000.jsonl'))).toBe(false)
  await batches.close()
})

test('a batch that waits is cancelled at once, one that runs keeps what was done', async () => {
  const { batches, given, begin, statusOf } = await open(temporaryFolder('files'))
  const [running, waiting] = [await begin(), await begin()]
  expect((await batches.cancel(waiting)).status).toBe('cancelled')
  expect((await batches.cancel(running)).status).toBe('cancelling')
  await eventually(() => expect(statusOf(running)).toBe('cancelled'))
  const output = batches.file(batches.batch(running.id)!.outputFileId)!
  expect(await text(batches.read(output))).toBe('half\n')
  await expect(batches.cancel(batches.batch(running.id)!)).rejects.toThrow('only one that has not ended')
  expect(given.length).toBe(1)
  await batches.close()
})

test('a batch that a stopped server had begun goes on when it starts again', async () => {
  const folder = temporaryFolder('files')
  const before = await open(folder)
  const batch = await before.begin({ model: 'tiny' })
  ;(await before.at(0)).events.planned(
    {
      model: 'small',
      dimensions: 4,
      format: 'csv',
      compression: 'none',
      charset: 'utf-8',
      delimiter: ',',
      rows: 'native',
      textColumn: 'text',
    },
    3,
  )
  await before.batches.close()
  expect(before.statusOf(batch)).toBe('in_progress')
  const after = await open(folder)
  await eventually(() => expect(after.given.length).toBe(1))
  expect((await after.at(0)).task).toMatchObject({
    id: batch.id,
    total: 3,
    settings: { model: 'tiny', job: 'embed' },
  })
  ;(await after.at(0)).end({})
  await eventually(() => expect(after.statusOf(batch)).toBe('completed'))
  await after.batches.close()
})

test('what a killed process left half is taken away, and what it had answered stays', async () => {
  const folder = temporaryFolder('files')
  const before = await open(folder)
  const file = await before.upload('kept')
  await before.batches.receive(chunksOf('a draft'))
  writeFileSync(join(folder, 'files', 'file-without-record'), 'bytes')
  mkdirSync(join(folder, 'batches', 'batch_without_record'))
  const after = await open(folder)
  expect(after.batches.files()).toEqual([file])
  expect(await text(after.batches.read(file))).toBe('kept')
  expect(
    ['drafts/x', 'files/file-without-record', 'batches/batch_without_record'].map((path) =>
      existsSync(join(folder, path)),
    ),
  ).toEqual([false, false, false])
})

test('a batch has 24 hours; then it is expired, with the rows that were done', async () => {
  let now = 1_000_000
  const folder = temporaryFolder('files')
  const before = await open(folder, { now: () => now })
  const batch = await before.begin()
  await before.batches.close()
  now += 24 * 3600 + 1
  const after = await open(folder, { now: () => now })
  await eventually(() => expect(after.statusOf(batch)).toBe('expired'))
  expect(after.batches.batch(batch.id)).toMatchObject({ hasOutput: true, since: { expired: now } })
  await after.batches.close()
})

test('files and ended batches are taken away after their days, but no file that a batch still reads', async () => {
  let now = 1_000_000
  const folder = temporaryFolder('files')
  const first = await open(folder, { now: () => now })
  const short = await first.upload('text\n', 3600)
  const batch = await first.begin()
  ;(await first.at(0)).end({})
  await eventually(() => expect(first.statusOf(batch)).toBe('completed'))
  await first.batches.close()
  now += 3601
  const second = await open(folder, { now: () => now })
  expect([second.batches.file(short.id), second.batches.files().length]).toEqual([undefined, 1])
  await second.batches.close()
  now += 31 * 86_400
  const third = await open(folder, { now: () => now })
  expect([third.batches.files(), third.batches.batches()]).toEqual([[], []])
  await third.batches.close()
})

test('uploads and output together take no more disk than they may', async () => {
  const { batches, at, begin, upload, statusOf } = await open(temporaryFolder('files'), {
    filesBytes: 1000,
  })
  await expect(upload('x'.repeat(1001))).rejects.toMatchObject({ code: 'payload_too_large' })
  const batch = await begin()
  ;(await at(0)).events.written(900)
  ;(await at(0)).events.written(900)
  await eventually(() => expect(statusOf(batch)).toBe('failed'))
  const { problems, hasOutput } = batches.batch(batch.id)!
  expect([problems[0]!.code, hasOutput]).toEqual(['payload_too_large', true])
  await vi.waitFor(() => upload('x'.repeat(900)))
  await batches.close()
})

test('a thread that dies is started again; any other failure ends the batch and not the next one', async () => {
  const { batches, given, at, errors, begin, statusOf } = await open(temporaryFolder('files'))
  const [first, second] = [await begin(), await begin()]
  ;(await at(0)).fail(new AppError('inference_failed', 'The thread ended.'))
  await eventually(() => expect(given.length).toBe(2))
  expect((await at(1)).task.id).toBe(first.id)
  ;(await at(1)).fail(new AppError('upstream_failed', 'The disk does not answer.'))
  await eventually(() => expect(given.length).toBe(3))
  expect(batches.batch(first.id)).toMatchObject({
    status: 'failed',
    problems: [{ message: 'The disk does not answer.' }],
  })
  expect(errors).toEqual(['batch_ inference_failed', 'batch_ upstream_failed'])
  ;(await at(2)).end({
    status: 'failed',
    problems: [{ code: 'empty_input', message: 'All rows failed.', param: null, line: 2 }],
  })
  await eventually(() => expect(statusOf(second)).toBe('failed'))
  await batches.close()
})

test('the input of a batch that has not ended cannot be deleted', async () => {
  const { batches, at, begin, statusOf } = await open(temporaryFolder('files'))
  const batch = await begin()
  const file = batches.file(batch.inputFileId)!
  await expect(batches.removeFile(file)).rejects.toThrow(`is the input of batch ${batch.id}`)
  ;(await at(0)).end({})
  await eventually(() => expect(statusOf(batch)).toBe('completed'))
  await batches.removeFile(file)
  expect(batches.files()).toEqual([])
  await batches.close()
})

test.each([
  [{ modl: 'x' }, '/v1/embeddings', 'serverless_embeddings.modl'],
  [{ model: 'nope' }, '/v1/embeddings', 'serverless_embeddings.model'],
  [{ dimensions: 3 }, '/v1/embeddings', 'serverless_embeddings.dimensions'],
  [{ output: 'parquet' }, '/v1/embeddings', 'serverless_embeddings.output'],
  [{ job: 'collection' }, '/v1/embeddings', 'serverless_embeddings.job'],
  [{ top: 3 }, '/v1/embeddings', 'serverless_embeddings.top'],
  [{ collection: 'jobs' }, '/match', 'endpoint'],
] as const)(
  'the settings %j for %s are refused before a batch is made, by the field %s',
  async (settings, endpoint, field) => {
    const { batches, upload } = await open(temporaryFolder('files'))
    const file = await upload()
    const request = { inputFileId: file.id, endpoint, completionWindow: '24h', metadata: null, settings }
    await expect(batches.create(request, file)).rejects.toMatchObject({ details: { field } })
    expect(batches.batches()).toEqual([])
    await batches.close()
  },
)
