import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../../src/context.ts'
import { createSplitService } from '../../../../src/services/batch/split.ts'
import { startingAt } from '../../../../src/services/batch/work/checkpoint.ts'
import { verdictOf } from '../../../../src/services/batch/work/verdict.ts'
import {
  createBucket,
  createTestBatch,
  readDocument,
  readOutput,
  stopAfter,
  testBatchParts,
} from '../../../support/batch-service.ts'

const KEY = 'input/rows.jsonl'
const sidecar = (settings: object) => ({ [`${KEY}.job.json`]: JSON.stringify(settings) })
const good = (count: number) => '{"text":"fine"}\n'.repeat(count)
const blank = (count: number) => '{"text":" "}\n'.repeat(count)
const runFile = async (text: string, settings: object = {}) => {
  const { store } = createBucket({ [KEY]: text, ...sidecar(settings) })
  const outcome = await createTestBatch().run({ store, key: KEY }, createContext())
  return { store, outcome, failed: await readDocument(store, '_FAILED.json') }
}

describe('a job whose rows fail', () => {
  it('has failed when all do, and says why, where first and how often', async () => {
    const { outcome, failed, store } = await runFile(`${blank(3)}no json\n`)
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'invalid_request' } })
    expect(failed).toMatchObject({
      message:
        'All 4 rows failed; the commonest error (3 rows, first in line 1): The column text is empty or blank; expected text; leave such rows out. Correct the file or its settings and run it again.',
      errorsByCode: { empty_input: 3, invalid_request: 1 },
      errorsByReason: [
        { code: 'empty_input', count: 3, line: 1, index: 0, row: '{"text":" "}' },
        { code: 'invalid_request', count: 1, line: 4, index: 3, row: 'no json' },
      ],
      reached: { rows: 0, errors: 4 },
      remedy: expect.stringContaining('make a job of their own'),
    })
    expect(await readOutput(store, 'errors')).toHaveLength(4)
  })

  it.each([
    ['half of three', good(2) + blank(1), {}, undefined],
    [
      'more than half of three',
      good(1) + blank(2),
      {},
      /^2 of the first 3 rows failed, more than .* allows \(0.5\)/,
    ],
    ['half of a thousand, and all that follow', good(500) + blank(900), {}, undefined],
    [
      'one more than half of a thousand',
      good(499) + blank(501) + good(9000),
      {},
      /^501 of the first 1,000 rows/,
    ],
    ['many, where the setting lets them', good(1) + blank(99), { maxErrorShare: 1 }, undefined],
    ['all, where the setting lets many', blank(9), { maxErrorShare: 1 }, /^All 9 rows failed/],
    [
      'one, where the setting lets none',
      good(99) + blank(1),
      { maxErrorShare: 0 },
      /^1 of the first 100 rows/,
    ],
    ['the only one', blank(1), {}, /^The only row failed; the commonest error \(1 row, first in line 1\)/],
  ])('fails by %s', async (_, text, settings, message) => {
    const { outcome, failed } = await runFile(text, { shardRows: 100, ...settings })
    expect(outcome.status).toBe(message ? 'failed' : 'succeeded')
    if (message) expect(failed!.message).toMatch(message)
  })

  it('stops at the shard that shows it, and embeds nothing of the rest', async () => {
    const { outcome } = await runFile(good(400) + blank(600) + good(5000), { shardRows: 250 })
    expect(outcome.checkpoint).toMatchObject({ shards: 4, rows: 400, errors: 600 })
  })

  it('fails the same when it is taken up after a kill, and when its message comes again', async () => {
    const { store } = createBucket({ [KEY]: good(1) + blank(9), ...sidecar({ shardRows: 2 }) })
    const batch = createTestBatch()
    const handOut = (receiveCount: number, of = store) =>
      batch.run({ store: of, key: KEY, message: { id: 'm', receiveCount } }, createContext())
    expect(await handOut(1, stopAfter(store, 4))).toMatchObject({ status: 'unfinished' })
    expect(await handOut(2)).toMatchObject({ status: 'failed', checkpoint: { rows: 1, errors: 9 } })
    expect(await handOut(3)).toMatchObject({ status: 'failed' })
    expect((await readDocument(store, '_FAILED.json'))!.message).toMatch(/^9 of the first 10 rows failed/)
  })
})

describe('a split job whose rows fail', () => {
  const splitFile = async (text: string) => {
    const { store } = createBucket({ [KEY]: text, ...sidecar({ shardRows: 100 }) })
    const split = createSplitService({ ...testBatchParts(), rangeBytes: 20_000 })
    const { job, items } = await split.plan({ store, key: KEY }, createContext())
    const ranges = JSON.parse(
      Buffer.from(await new Response(await store.read(items)).arrayBuffer()).toString(),
    )
    return { store, split, job, ranges }
  }

  it('fails with its first range, and in the words of the rows', async () => {
    const { store, split, job, ranges } = await splitFile(blank(1200) + good(3000))
    expect(ranges.length).toBeGreaterThan(2)
    await expect(split.work({ store, job, range: ranges[0] }, createContext())).rejects.toThrow(
      /^1,000 of the first 1,000 rows failed/,
    )
    await split.work({ store, job, range: ranges[2] }, createContext())
    const name = 'States.ExceedToleratedFailureThreshold'
    await split.fail({ store, job, name, message: 'Too many.' }, createContext())
    expect(await readDocument(store, '_FAILED.json')).toMatchObject({
      message: expect.stringMatching(/^1,000 of the first 1,000 rows failed.*first in line 1\)/),
      errorsByReason: [{ code: 'empty_input', line: 1 }],
    })
  })

  it('is not failed by a later range, but by all of them', async () => {
    const { store, split, job, ranges } = await splitFile(good(2000) + blank(3000))
    for (const range of ranges) await split.work({ store, job, range }, createContext())
    expect(await split.finish({ store, job }, createContext())).toMatchObject({
      ...{ rows: 2000, errors: 3000, warnings: [] },
      errorsByReason: [{ code: 'empty_input', count: 3000, line: 2001, index: 2000 }],
    })
    const { store: other, ...bad } = await splitFile(blank(900))
    for (const range of bad.ranges)
      await bad.split.work({ store: other, job: bad.job, range }, createContext())
    await expect(bad.split.finish({ store: other, job: bad.job }, createContext())).rejects.toThrow(
      /^All 900 rows failed/,
    )
  })
})

describe('a verdict', () => {
  it('never comes before a thousand rows or the end, and always says the same of the same', () => {
    fc.assert(
      fc.property(
        fc.nat(2000),
        fc.nat(2000),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, errors, last, maxErrorShare) => {
          const records = Math.min(1000, rows + errors)
          const first = { records, errors: Math.min(errors, records) }
          const checkpoint = { ...startingAt(), rows, errors, first, last }
          const verdict = verdictOf({ maxErrorShare }, checkpoint)
          if (!last && rows + errors < 1000) expect(verdict).toBeUndefined()
          if (errors === 0) expect(verdict).toBeUndefined()
          if (last && rows === 0 && errors > 0) expect(verdict).toBe('allFailed')
          expect(verdictOf({ maxErrorShare }, { ...checkpoint })).toBe(verdict)
        },
      ),
    )
  })
})
