import { buffer } from 'node:stream/consumers'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { createParquetFormat } from '../../../src/services/batch/formats/parquet-format.ts'
import type { JobPlan } from '../../../src/services/batch/plan/plan.ts'
import { createBucket, readDocument, readOutput, testBatchParts } from '../../support/batch-service.ts'
import { createWordEngine } from '../../support/word-engine.ts'

/** Runs a job whose model reads two words of a text. */
async function run(rows: readonly object[], settings: object = {}) {
  const { store } = createBucket({
    'input/a.jsonl': rows.map((row) => JSON.stringify(row)).join('\n'),
    'input/a.jsonl.job.json': JSON.stringify({ maxErrorShare: 1, ...settings }),
  })
  const service = createBatchService(testBatchParts(createWordEngine(2)))
  const { status } = await service.run({ store, key: 'input/a.jsonl' }, createContext())
  return { status, store }
}

const line = (custom_id: string, input: string | string[], truncate?: unknown) => ({
  custom_id,
  body: { input, truncate },
})

describe('a row whose text is longer than the model reads', () => {
  const rows = [
    { id: 0, text: 'one two' },
    { id: 1, text: 'one two three' },
    { id: 2, text: 'four', truncated: 'mine' },
  ]

  it('says so beside its vector, and is counted', async () => {
    const { store } = await run(rows, { shardRows: 2 })
    const found = await readOutput(store, 'part')
    expect(found.map(({ id, truncated, input_truncated: column }) => [id, truncated, column])).toEqual([
      [0, undefined, undefined],
      [1, true, undefined],
      [2, undefined, 'mine'],
    ])
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({ rows: 3, errors: 0, truncated: 1 })
  })

  it('says so in a column of Parquet', async () => {
    const { store } = createBucket({
      'input/a.jsonl': rows.map((row) => JSON.stringify(row)).join('\n'),
      'input/a.jsonl.job.json': '{"output":"parquet"}',
    })
    const parts = {
      ...testBatchParts(createWordEngine(2)),
      openFormat: async (_: unknown, plan: JobPlan) => createParquetFormat(plan),
    }
    await createBatchService(parts).run({ store, key: 'input/a.jsonl' }, createContext())
    const keys: string[] = []
    for await (const key of store.list('output/')) if (key.includes('/part-')) keys.push(key)
    const file = Uint8Array.from(await buffer(await store.read(keys[0]!))).buffer
    const found = await parquetReadObjects({ file })
    expect(found.map(({ truncated, input_truncated: column }) => [truncated, column])).toEqual([
      [false, null],
      [true, null],
      [false, 'mine'],
    ])
  })

  it('alone is an error row with the setting truncate: false, and is not counted', async () => {
    const { store } = await run(rows, { truncate: false })
    expect((await readOutput(store, 'part')).map(({ id }) => id)).toEqual([0, 2])
    expect(await readOutput(store, 'errors')).toMatchObject([{ index: 1, code: 'input_too_long' }])
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({ rows: 2, errors: 1, truncated: 0 })
  })

  it('says so input by input, and in its usage, in the answer to a line of an OpenAI batch', async () => {
    const { store } = await run([line('a', ['one', 'one two three']), line('b', 'one')])
    const [first, second] = await readOutput(store, 'part')
    expect(first).toMatchObject({
      response: { body: { data: [{ index: 0 }, { index: 1, truncated: true }], usage: { truncated: 1 } } },
    })
    expect(JSON.stringify(first).match(/"truncated"/g)).toHaveLength(2)
    expect(JSON.stringify(second)).not.toContain('truncated')
  })
})

describe('a line of an OpenAI batch with a truncate of its own', () => {
  it('is an error row only where its text is too long', async () => {
    const { store } = await run([
      line('short', 'one two', false),
      line('long', 'one two three', false),
      line('cut', 'one two three', 'END'),
      line('other-short', 'one', 'START'),
      line('other-long', 'one two three', 'START'),
    ])
    expect((await readOutput(store, 'part')).map(({ custom_id: id }) => id)).toEqual([
      'short',
      'cut',
      'other-short',
    ])
    const errors = (await readOutput(store, 'errors')).map((row) => row.response)
    expect(errors).toMatchObject([
      {
        status_code: 413,
        body: { error: { message: expect.stringContaining('more than 2 tokens'), param: 'input' } },
      },
      {
        body: {
          error: {
            message: expect.stringContaining('truncate "start" in a job with "end"; set "truncate"'),
            param: 'truncate',
          },
        },
      },
    ])
    expect(await readDocument(store, '_SUCCESS.json')).toMatchObject({ truncated: 1 })
  })
})
