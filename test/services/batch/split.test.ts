import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import { createSplitHandler } from '../../../src/lambda/split-handler.ts'
import { createSplitService, type SplitService } from '../../../src/services/batch/split.ts'
import { nextLineStart } from '../../../src/services/batch/work/boundaries.ts'
import { startingAt } from '../../../src/services/batch/work/checkpoint.ts'
import { joinRanges, planCuts, toRanges } from '../../../src/services/batch/work/ranges.ts'
import type { WritableStore } from '../../../src/storage/store.ts'
import {
  createBucket,
  readDocument,
  readOutput,
  rowsOfText,
  testBatchParts,
} from '../../support/batch-service.ts'
import { runStateMachine, type StateMachine } from '../../support/state-machine.ts'

const KEY = 'input/rows.jsonl'

/** Runs the three steps, the ranges in the order that `order` gives them. */
async function runSplit(split: SplitService, store: WritableStore, order = (ranges: object[]) => ranges) {
  const context = createContext()
  const { job, items } = await split.plan({ store, key: KEY }, context)
  const ranges = order(JSON.parse(await text(await store.read(items))))
  for (const range of ranges) await split.work({ store, job, range: range as never }, context)
  return split.finish({ store, job }, context)
}

const split = (rangeBytes: number) => createSplitService({ ...testBatchParts(), rangeBytes })

describe('splitting an object', () => {
  it('gives the rows of any file exactly once and in order, however it is split', async () => {
    const line = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.string({ maxLength: 40 }).map((value) => JSON.stringify({ text: `a ${value}` })),
      },
      fc.constantFrom('', 'no json', '{"text":""}', '{"text":"数据"}'),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.integer({ min: 1, max: 400 }),
        fc.boolean(),
        fc.boolean(),
        async (lines, rangeBytes, newlineAtEnd, backwards) => {
          const body = ['{"text":"first"}', ...lines].join('\n') + (newlineAtEnd ? '\n' : '')
          const settings = (text: string) => ({ [KEY]: body, [`${KEY}.job.json`]: text })
          const { store } = createBucket(settings('{"shardRows":3,"maxErrorShare":1}'))
          const summary = await runSplit(split(rangeBytes), store, (ranges) =>
            backwards ? ranges.reverse() : ranges,
          )
          const whole = createBucket(settings('{"maxErrorShare":1}'))
          const expected = await runSplit(split(1e9), whole.store)
          expect(summary).toMatchObject({
            rows: expected.rows,
            errors: expected.errors,
            tokens: expected.tokens,
          })
          const vectors = async (store: WritableStore) =>
            (await readOutput(store, 'part')).map(({ embedding }) => embedding)
          const bytes = async (store: WritableStore) =>
            (await readOutput(store, 'errors')).map(({ byteOffset }) => byteOffset)
          expect(await vectors(store)).toEqual(await vectors(whole.store))
          expect(await bytes(store)).toEqual(await bytes(whole.store))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('cuts where lines begin, asking for little', async () => {
    const { store, memory } = createBucket({ [KEY]: rowsOfText(1000) })
    const bytes = rowsOfText(1000).length
    const context = createContext()
    for (const from of [0, 1, 100, 5000, bytes - 1, bytes]) {
      const start = await nextLineStart(memory, KEY, from, bytes, context)
      const all = [...rowsOfText(1000).matchAll(/^|\n/g)].map(({ index }) => (index === 0 ? 0 : index + 1))
      expect(start).toBe(all.find((place) => place >= from) ?? bytes)
    }
    expect(await nextLineStart(store, KEY, 5, 5, context)).toBe(5)
  })

  it('finds the end of a line longer than what it asks for at once', async () => {
    const body = `${'a'.repeat(200_000)}\nshort\n`
    const { memory } = createBucket({ [KEY]: body })
    expect(await nextLineStart(memory, KEY, 10, body.length, createContext())).toBe(200_001)
  })

  it('makes one range of what cannot be told apart from the middle', async () => {
    const { store } = createBucket({})
    const key = `${KEY}.gz`
    await store.write(key, gzipSync(rowsOfText(100)))
    expect(await split(10).plan({ store, key }, createContext())).toMatchObject({ ranges: 1 })
  })

  it('keeps the ranges of the first plan', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(100) })
    const first = await split(500).plan({ store, key: KEY }, createContext())
    expect(await split(100).plan({ store, key: KEY }, createContext())).toEqual(first)
  })

  it('never makes more ranges than their names can count', () => {
    expect(planCuts(1e15, 1).length).toBeLessThan(100_000)
    expect(toRanges(10, [7, 3, 7, 0, 10])).toEqual([
      { number: 0, start: 0, end: 3 },
      { number: 1, start: 3, end: 7 },
      { number: 2, start: 7, end: 10 },
    ])
  })

  it('is refused for an object that is gone, and for a job that was never planned', async () => {
    const { store } = createBucket()
    await expect(split(9).plan({ store, key: KEY }, createContext())).rejects.toMatchObject({
      code: 'artifact_missing',
    })
    const range = { number: 0, start: 0, end: 1 }
    await expect(split(9).work({ store, job: 'none', range }, createContext())).rejects.toThrow(
      /plan it first/,
    )
  })

  it('ends when its job is cancelled or its object replaced', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(50) })
    const { job } = await split(1e9).plan({ store, key: KEY }, createContext())
    const range = { number: 0, start: 0, end: rowsOfText(50).length }
    await store.write(`output/${job}/_CANCELLED.json`, Buffer.from('{}'))
    await expect(split(9).work({ store, job, range }, createContext())).rejects.toThrow(/was cancelled/)
    await store.remove(`output/${job}/_CANCELLED.json`)
    await store.write(KEY, Buffer.from(rowsOfText(51)))
    await expect(split(9).work({ store, job, range }, createContext())).rejects.toThrow(/was replaced/)
  })
})

describe('joining ranges', () => {
  const done = (start: number, end: number) => ({ ...startingAt(start), start: end, last: true, rows: 1 })
  const range = (number: number, start: number, end: number) => ({
    number,
    start,
    end,
    checkpoint: done(start, end),
  })
  const unfinished = { ...range(1, 5, 9), checkpoint: { ...done(5, 7), last: false } }

  it.each([
    ['missing', [range(1, 5, 9)], 'Range 0 of the object is missing'],
    ['overlapping', [range(0, 0, 5), range(1, 4, 9)], 'begins at byte 4 rather than 5'],
    ['unfinished', [range(0, 0, 5), unfinished], 'stopped at byte 7 of 9'],
    ['without a shard', [{ ...range(0, 0, 9), checkpoint: undefined }], 'has no shard'],
    ['too short', [range(0, 0, 5)], 'bytes 5 to 9'],
  ])('refuses ranges that are %s', (_, ends, message) => {
    expect(() => joinRanges({ id: 'job', bytes: 9 }, ends)).toThrow(message)
  })

  it('adds up what they did', () => {
    const one = { ...done(0, 5), codes: { internal: 1 }, errors: 1 }
    const two = { ...done(5, 9), codes: { internal: 2, empty_input: 1 }, errors: 3, rows: 4 }
    const joined = joinRanges({ id: 'job', bytes: 9 }, [
      { number: 1, start: 5, end: 9, checkpoint: two },
      { number: 0, start: 0, end: 5, checkpoint: one },
    ])
    expect(joined).toMatchObject({ rows: 5, errors: 4, codes: { internal: 3, empty_input: 1 } })
  })
})

describe('the state machine', () => {
  const path = join(import.meta.dirname, '../../../scripts/deploy/split.asl.json')
  const source = readFileSync(path, 'utf8')
    .replace(/"\$\{param:\w+, (\d+)\}"/g, '$1')
    .replace(/\$\{Partition\}/g, 'aws')
    .replace(/\$\{SplitFunctionArn\}/g, 'arn:aws:lambda:us-east-1:123456789012:function:split')
  const machine: StateMachine = JSON.parse(source)

  it('is a definition that the validator of Step Functions accepts', () => {
    const validate = createRequire(import.meta.url)('asl-validator') as (definition: unknown) => {
      isValid: boolean
      errors: unknown[]
    }
    expect(validate(machine)).toMatchObject({ isValid: true, errors: [] })
  })

  it('turns a large file into vectors, through failures and short times', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(200), [`${KEY}.job.json`]: '{"shardRows":7}' })
    let calls = 0
    const handler = createSplitHandler({
      split: split(1000),
      openBucket: async () => {
        calls++
        if (calls % 3 === 0) throw new AppError('upstream_failed', 'No answer.')
        return store
      },
      writeMetrics: async () => {},
    })
    const short = { getRemainingTimeInMillis: () => 15 }
    const event = {
      detail: { bucket: { name: 'files' }, object: { key: KEY, etag: (await store.stat(KEY))!.etag } },
    }
    const summary = await runStateMachine(machine, event, {
      invoke: (payload) => handler(payload, calls % 2 === 0 ? short : {}),
      readItems: async ({ Bucket, Key }) => {
        expect(Bucket).toBe('files')
        return JSON.parse(await text(await store.read(Key)))
      },
    })
    expect(summary).toMatchObject({ rows: 200, errors: 0 })
    expect(await readDocument(store, '_SUCCESS.json')).toEqual(summary)
    const rows = await readOutput(store, 'part')
    const all = Array.from({ length: 200 }, (_, id) => id)
    expect(rows.map(({ id }) => id)).toEqual(all)
    expect(rows.map(({ index }) => index)).toEqual(all)
  })

  it('ends with _FAILED.json when the settings are wrong, or a piece cannot be worked on', async () => {
    for (const [settings, code, message] of [
      ['{"modle":1}', 'invalid_request', /did you mean "model"/],
      ['{}', 'artifact_missing', /was replaced/],
    ] as const) {
      const { store } = createBucket({ [KEY]: rowsOfText(50), [`${KEY}.job.json`]: settings })
      const writeMetrics = async () => {}
      const handler = createSplitHandler({ split: split(500), openBucket: async () => store, writeMetrics })
      const event = {
        detail: { bucket: { name: 'files' }, object: { key: KEY, etag: (await store.stat(KEY))!.etag } },
      }
      const running = runStateMachine(machine, event, {
        invoke: handler,
        async readItems({ Key }) {
          await store.write(KEY, Buffer.from(rowsOfText(51)))
          return JSON.parse(await text(await store.read(Key)))
        },
      })
      await expect(running).rejects.toMatchObject({ name: 'JobFailed' })
      expect(await readDocument(store, '_FAILED.json')).toMatchObject({
        key: KEY,
        code,
        message: expect.stringMatching(message),
      })
    }
  })

  it('tells a failure of its own as it is', async () => {
    const { store } = createBucket({ [KEY]: rowsOfText(5) })
    const handler = createSplitHandler({
      split: split(500),
      openBucket: async () => store,
      writeMetrics: async () => {},
    })
    const { job } = await split(500).plan({ store, key: KEY }, createContext())
    await handler({ step: 'fail', bucket: 'b', job, error: { Error: 'States.Timeout', Cause: 'Too slow.' } })
    expect(await readDocument(store, '_FAILED.json')).toMatchObject({
      code: 'internal',
      message: 'Too slow.',
    })
  })

  it('names what is wrong with a task', async () => {
    const handler = createSplitHandler({
      split: split(9),
      openBucket: async () => createBucket().store,
      writeMetrics: async () => {},
    })
    await expect(
      handler({ step: 'work', bucket: 'b', job: 'j', range: { number: -1 } }),
    ).rejects.toMatchObject({
      name: 'invalid_request',
      message: expect.stringContaining('range.number'),
    })
    await expect(handler({ step: 'plan', bucket: 'b', key: 'output/a' })).rejects.toThrow(/is no input/)
    await expect(handler(null)).rejects.toThrow(/wrong at/)
  })
})
