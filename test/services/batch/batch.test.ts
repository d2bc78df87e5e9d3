import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import type { BatchService } from '../../../src/services/batch/batch.ts'
import {
  createBucket,
  createTestBatch,
  readDocument,
  readOutput,
  rowsOfText,
  stopAfter,
} from '../../support/batch-service.ts'
import { createWordEngine } from '../../support/word-engine.ts'

const KEY = 'input/rows.jsonl'
const sidecar = (settings: object) => ({ [`${KEY}.job.json`]: JSON.stringify(settings) })
const indexes = (rows: Record<string, unknown>[]) => rows.map(({ index }) => index)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('a batch job', () => {
  it('turns each row into one row with its vector, in order', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(10), ...sidecar({ shardRows: 4 }) })
    const outcome = await createTestBatch().run({ store, key: KEY }, createContext())
    expect(outcome).toMatchObject({ status: 'succeeded', checkpoint: { shards: 3, rows: 10, errors: 0 } })
    const rows = await readOutput(store, 'part')
    expect(indexes(rows)).toEqual(upTo(10))
    expect(rows[3]).toMatchObject({ index: 3, id: 3, embedding: expect.any(Array) })
    expect(rows[3]).not.toHaveProperty('text')
    expect(rows[3]!.embedding).toHaveLength(4)
  })

  it('says in _SUCCESS.json what it did', async () => {
    const { store } = createBucket({ [KEY]: `${rowsOfText(10)}no json\n` })
    const { job } = await createTestBatch().run({ store, key: KEY }, createContext())
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({
      job,
      input: { key: KEY, etag: expect.stringMatching(/^[0-9a-f]{32}$/) },
      model: `small@${'0'.repeat(40)}+float32`,
      records: 11,
      rows: 10,
      errors: 1,
      errorsByCode: { invalid_request: 1 },
      shards: 1,
      tokens: 20,
      truncated: 0,
      durations: { totalMs: expect.any(Number), workMs: expect.any(Number) },
      costEstimate: { usd: expect.any(Number), memoryMegabytes: 1024 },
    })
  })

  it('gives each bad row a line with its place, code, message and text', async () => {
    const bad = [
      '{"text":"fine"}',
      'no json',
      '{"text":""}',
      '{"text":7}',
      '{"a":1,"b":2}',
      '{"text":"fine"}',
    ]
    const { store } = createBucket({ [KEY]: bad.join('\n'), ...sidecar({ maxErrorShare: 1 }) })
    await createTestBatch().run({ store, key: KEY }, createContext())
    expect(indexes(await readOutput(store, 'part'))).toEqual([0, 5])
    const errors = await readOutput(store, 'errors')
    expect(
      errors.map(({ index, line, byteOffset, code, row }) => [index, line, byteOffset, code, row]),
    ).toEqual([
      [1, 2, 16, 'invalid_request', 'no json'],
      [2, 3, 24, 'empty_input', '{"text":""}'],
      [3, 4, 36, 'invalid_request', '{"text":7}'],
      [4, 5, 47, 'invalid_request', '{"a":1,"b":2}'],
    ])
    expect(errors.map(({ message }) => message)).toEqual([
      'The line is no JSON.',
      'The column text is empty or blank; expected text; leave such rows out.',
      'The column text holds a number; expected text; write it as text.',
      expect.stringContaining('The row has no column text, which has the texts of this file, but a, b;'),
    ])
  })

  it('makes an empty success of an empty file', async () => {
    const { store } = createBucket({ [KEY]: '' })
    expect(await createTestBatch().run({ store, key: KEY }, createContext())).toMatchObject({
      status: 'succeeded',
    })
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({
      ...{ records: 0, shards: 0, errorsByReason: [] },
      warnings: ['The file has no rows: it is empty, or has nothing but a header or blank lines.'],
    })
  })

  it('leaves a job that has ended as it is', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(3) })
    const engine = createWordEngine()
    const batch = createTestBatch(engine)
    await batch.run({ store, key: KEY }, createContext())
    const { length } = engine.jobs
    expect(await batch.run({ store, key: KEY }, createContext())).toMatchObject({ status: 'succeeded' })
    expect(engine.jobs).toHaveLength(length)
  })

  it('makes a new job of a new version', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(3) })
    const batch = createTestBatch()
    const first = await batch.run({ store, key: KEY }, createContext())
    await store.write(KEY, Buffer.from(rowsOfText(4)))
    const second = await batch.run({ store, key: KEY }, createContext())
    expect(second.job).not.toBe(first.job)
    expect(await readOutput(store, 'part')).toHaveLength(7)
  })
})

describe('a job that is interrupted', () => {
  it('continues where it stopped, and embeds no row twice', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(20), ...sidecar({ shardRows: 3 }) })
    const first = createWordEngine()
    const broken = await createTestBatch(first).run({ store: stopAfter(store, 2), key: KEY }, createContext())
    expect(broken).toMatchObject({ status: 'unfinished', error: { code: 'upstream_failed' } })
    const second = createWordEngine()
    const done = await createTestBatch(second).run({ store, key: KEY }, createContext())
    expect(done).toMatchObject({ status: 'succeeded', checkpoint: { rows: 20, shards: 7 } })
    expect(second.jobs.flatMap(({ inputs }) => inputs)[0]).toBe('text 6')
    expect(indexes(await readOutput(store, 'part'))).toEqual(upTo(20))
  })

  it('stops before its deadline when the next shard would come too late', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(20), ...sidecar({ shardRows: 1 }) })
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const slow = createWordEngine()
    const engine = {
      ...slow,
      embed: async (...job: Parameters<typeof slow.embed>) => {
        vi.advanceTimersByTime(30_000)
        return slow.embed(...job)
      },
    }
    const batch = createTestBatch(engine)
    const outcome = await batch.run({ store, key: KEY }, createContext({ deadline: Date.now() + 150_000 }))
    expect(outcome).toMatchObject({ status: 'unfinished' })
    expect(outcome.error).toBeUndefined()
    expect(outcome.checkpoint!.shards).toBeGreaterThan(0)
    expect(await batch.run({ store, key: KEY }, createContext())).toMatchObject({ status: 'succeeded' })
    expect(indexes(await readOutput(store, 'part'))).toEqual(upTo(20))
  })

  it('ends with one correct result when two workers meet', async () => {
    const { store } = createBucket({ [KEY]: `bad\n${rowsOfText(40)}`, ...sidecar({ shardRows: 3 }) })
    const outcomes = await Promise.all(
      upTo(3).map(() => createTestBatch().run({ store, key: KEY }, createContext())),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(Array(3).fill('succeeded'))
    expect(indexes(await readOutput(store, 'part'))).toEqual(upTo(41).slice(1))
    expect(indexes(await readOutput(store, 'errors'))).toEqual([0])
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({ rows: 40, errors: 1 })
  })
})

describe('a job that cannot be done', () => {
  const failing = async (files: Record<string, string>, key = KEY) => {
    const { store } = createBucket(files)
    const outcome = await createTestBatch().run({ store, key }, createContext())
    return { outcome, record: await readDocument(store, '_FAILED.json') }
  }

  it('names the wrong setting in _FAILED.json', async () => {
    const { outcome, record } = await failing({ [KEY]: rowsOfText(1), ...sidecar({ modle: 'small' }) })
    expect(outcome).toMatchObject({ status: 'failed' })
    expect(record).toMatchObject({
      key: KEY,
      code: 'invalid_request',
      message: expect.stringContaining('did you mean "model"'),
      remedy: expect.stringContaining('npm run batch -- redrive'),
    })
  })

  it('is not continued with another revision of its model', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(9), ...sidecar({ shardRows: 3 }) })
    const { job } = await createTestBatch().run({ store: stopAfter(store, 1), key: KEY }, createContext())
    const begun = (await readDocument(store, '_JOB.json')) as { plan: { model: object } }
    const plan = { ...begun.plan, model: { ...begun.plan.model, revision: 'f'.repeat(40) } }
    await store.write(`output/${job}/_JOB.json`, Buffer.from(JSON.stringify({ ...begun, plan })))
    const outcome = await createTestBatch().run({ store, key: KEY }, createContext())
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('whose vectors differ') },
    })
  })

  it('ends when its object is deleted in between', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(9), ...sidecar({ shardRows: 3 }) })
    const onShard = () => void store.remove(KEY)
    const outcome = await createTestBatch().run({ store, key: KEY, onShard }, createContext())
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'artifact_missing' } })
    expect(await readDocument(store, '_FAILED.json')).toMatchObject({
      message: expect.stringContaining('was deleted'),
    })
  })

  it('ends when its object is replaced in between, and writes nothing of the new one', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(9), ...sidecar({ shardRows: 3 }) })
    const onShard = () => void store.write(KEY, Buffer.from(rowsOfText(30).replaceAll('text', 'new')))
    const engine = createWordEngine()
    const outcome = await createTestBatch(engine).run({ store, key: KEY, onShard }, createContext())
    expect(outcome).toMatchObject({ status: 'failed', checkpoint: { shards: 1, rows: 3 } })
    expect(indexes(await readOutput(store, 'part'))).toEqual(upTo(3))
    expect(JSON.stringify(engine.jobs)).not.toContain('new')
  })

  it('ends when it is cancelled', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(90), ...sidecar({ shardRows: 3 }) })
    const batch = createTestBatch()
    const { job } = await batch.run({ store: stopAfter(store, 1), key: KEY }, createContext())
    await store.write(`output/${job}/_CANCELLED.json`, Buffer.from('{}'))
    expect(await batch.run({ store, key: KEY }, createContext())).toMatchObject({ status: 'cancelled' })
    expect(await readOutput(store, 'part')).toHaveLength(3)
  })

  it('is given up when its workers died too often without progress', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(9) })
    const run = (batch: BatchService, receiveCount: number) =>
      batch.run({ store, key: KEY, message: { id: 'm', receiveCount } }, createContext())
    for (let receiveCount = 1; receiveCount <= 3; receiveCount++) {
      await new Promise<void>((atWork) => {
        const embed = () => {
          atWork()
          return new Promise<never>(() => {})
        }
        // Nobody waits for it: it is as good as dead.
        void run(createTestBatch({ ...createWordEngine(), embed }), receiveCount)
      })
    }
    expect(await run(createTestBatch(), 4)).toMatchObject({ status: 'poisoned' })
    expect(await run(createTestBatch(), 5)).toMatchObject({ status: 'poisoned' })
    expect(await readDocument(store, '_FAILED.json')).toMatchObject({
      message: expect.stringContaining('from line 1 on'),
    })
  })
})

describe('rows on which the model fails', () => {
  const engine = () => {
    const words = createWordEngine()
    const embed: typeof words.embed = async (job, context) => {
      const long = job.inputs.findIndex((input) => String(input).includes('long'))
      if (long >= 0) {
        const details = { field: `input[${long}]` }
        throw new AppError('input_too_long', `input[${long}]: The input is too long.`, { details })
      }
      if (job.inputs.some((input) => String(input).includes('crash'))) {
        throw new AppError('inference_failed', 'The model failed.')
      }
      return words.embed(job, context)
    }
    return { ...words, embed }
  }
  const lines = (...texts: string[]) => texts.map((text) => `${JSON.stringify({ text })}\n`).join('')

  it('become error rows when they are refused, and the others are embedded', async () => {
    const texts = lines('long', 'a', 'b', 'long', 'long', 'c', 'long')
    const { store } = createBucket({ [KEY]: texts, ...sidecar({ maxErrorShare: 1 }) })
    await createTestBatch(engine()).run({ store, key: KEY }, createContext())
    expect(indexes(await readOutput(store, 'part'))).toEqual([1, 2, 5])
    expect(indexes(await readOutput(store, 'errors'))).toEqual([0, 3, 4, 6])
    expect((await readOutput(store, 'errors'))[0]).toMatchObject({
      code: 'input_too_long',
      message: 'The input is too long.',
    })
  })

  it('are tried once more and then become error rows', async () => {
    const { store } = createBucket({ [KEY]: lines('a', 'b', 'crash', 'c', 'crash') })
    const batch = createTestBatch(engine())
    const first = await batch.run({ store, key: KEY, message: { id: 'm', receiveCount: 1 } }, createContext())
    expect(first).toMatchObject({ status: 'unfinished', error: { code: 'inference_failed' } })
    const second = await batch.run(
      { store, key: KEY, message: { id: 'm', receiveCount: 2 } },
      createContext(),
    )
    expect(second).toMatchObject({ status: 'succeeded' })
    expect(indexes(await readOutput(store, 'part'))).toEqual([0, 1, 3])
    expect(await readOutput(store, 'errors')).toMatchObject([
      { index: 2, code: 'inference_failed' },
      { index: 4, code: 'inference_failed' },
    ])
  })
})
