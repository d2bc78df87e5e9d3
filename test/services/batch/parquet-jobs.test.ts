import { readFileSync } from 'node:fs'
import { buffer, text } from 'node:stream/consumers'
import { parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import type { ByteSource } from '../../../src/formats/byte-source.ts'
import { createRecordReader } from '../../../src/formats/open-records.ts'
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { createJsonFormat } from '../../../src/services/batch/formats/json-format.ts'
import { createParquetFormat } from '../../../src/services/batch/formats/parquet-format.ts'
import type { JobPlan } from '../../../src/services/batch/plan/plan.ts'
import { createSplitService } from '../../../src/services/batch/split.ts'
import type { BatchParts } from '../../../src/services/batch/work/parts.ts'
import { joinGroups } from '../../../src/services/batch/work/ranges.ts'
import type { WritableStore } from '../../../src/storage/store.ts'
import { createBucket, readOutput, testBatchParts } from '../../support/batch-service.ts'

const sourceOf = (store: WritableStore, { key, bytes }: JobPlan): ByteSource => ({
  bytes,
  read: (start, end) => store.read(key, { start, end }),
})
const openReader: BatchParts['openReader'] = async (store, plan) =>
  createRecordReader(plan.input, sourceOf(store, plan), {
    values: plan.output === 'parquet' ? 'stored' : 'readable',
  })
const openFormat: BatchParts['openFormat'] = async (_, plan) =>
  plan.output === 'parquet' ? createParquetFormat(plan) : createJsonFormat(plan)
const parts = { ...testBatchParts(), openReader, openFormat }

async function readParquet(store: WritableStore, name: string) {
  const rows: Record<string, unknown>[] = []
  for await (const key of store.list('output/')) {
    if (!key.includes(`/${name}-`)) continue
    const bytes = await buffer(await store.read(key))
    const file = Uint8Array.from(bytes).buffer
    rows.push(...(await parquetReadObjects({ file })))
  }
  return rows
}

async function arrayOf(keys: AsyncIterable<string>, part: string): Promise<string[]> {
  const found: string[] = []
  for await (const key of keys) if (key.includes(`/${part}`)) found.push(key)
  return found
}

/** The rows of a file, as JSON would have them. */
async function readable(bytes: Uint8Array): Promise<Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = []
  const source: ByteSource = {
    bytes: bytes.length,
    read: async (start, end) => new Blob([Uint8Array.from(bytes.subarray(start, end))]).stream(),
  }
  const reader = createRecordReader({ format: 'parquet', compression: 'none', charset: 'utf-8' }, source)
  for await (const { fields } of reader.read({ start: 0, index: 0, line: 1 }, createContext()))
    rows.push(fields!)
  return rows
}

/** A file of 30 rows in groups of 4. */
const parquetFile = () =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: Array.from({ length: 30 }, (_, id) => BigInt(id)), type: 'INT64' },
        {
          name: 'text',
          data: Array.from({ length: 30 }, (_, id) => (id === 7 ? null : `text ${id}`)),
          type: 'STRING',
        },
      ],
      rowGroupSize: 4,
    }),
  )

const UNMARKED = { unknown: false, truncated: false }
const FOUR_NUMBERS = [expect.any(Number), expect.any(Number), expect.any(Number), expect.any(Number)]

/** Runs a job over JSON lines that writes Parquet. */
async function runToParquet(lines: readonly object[], counts: object) {
  const { store } = createBucket({
    'input/a.jsonl': lines.map((line) => JSON.stringify(line)).join('\n'),
    'input/a.jsonl.job.json': '{"output":"parquet"}',
  })
  const outcome = await createBatchService(parts).run({ store, key: 'input/a.jsonl' }, createContext())
  expect(outcome).toMatchObject({ status: 'succeeded', checkpoint: counts })
  return store
}

describe('Parquet jobs', () => {
  it('write the columns that are kept and the vectors as lists', async () => {
    const lines = [{ id: 'a', text: 'one' }, { text: '' }]
    const store = await runToParquet(lines, { rows: 1, errors: 1 })
    expect(await readParquet(store, 'part')).toEqual([
      { index: 0n, id: 'a', other: null, ...UNMARKED, embedding: FOUR_NUMBERS },
    ])
  })

  it('write one row for each input of an OpenAI line, and none for a line of another kind', async () => {
    const lines = [
      { custom_id: 'b', body: { input: 'one' } },
      { custom_id: 'c', body: { input: ['two', 'three'] } },
      { id: 'a', text: 'one' },
    ]
    const store = await runToParquet(lines, { rows: 2, errors: 1 })
    expect(await readParquet(store, 'part')).toEqual([
      { index: 0n, custom_id: 'b', input: 0n, other: null, ...UNMARKED, embedding: FOUR_NUMBERS },
      { index: 1n, custom_id: 'c', input: 0n, other: null, ...UNMARKED, embedding: FOUR_NUMBERS },
      { index: 1n, custom_id: 'c', input: 1n, other: null, ...UNMARKED, embedding: FOUR_NUMBERS },
    ])
  })

  it('read row groups, go on within one, and name a bad row by its position', async () => {
    const { store } = createBucket({ 'input/a.parquet.job.json': '{"shardRows":3}' })
    await store.write('input/a.parquet', parquetFile())
    let shards = 0
    const onShard = () => {
      if (++shards === 2) throw new Error('The worker is gone.')
    }
    const batch = createBatchService(parts)
    const broken = await batch.run({ store, key: 'input/a.parquet', onShard }, createContext())
    expect(broken.status).toBe('unfinished')
    expect(await batch.run({ store, key: 'input/a.parquet' }, createContext())).toMatchObject({
      status: 'succeeded',
    })
    const rows = await readOutput(store, 'part')
    expect(rows.map(({ index, id }) => [index, id])).toEqual(
      Array.from({ length: 30 }, (_, id) => [id, id]).filter(([id]) => id !== 7),
    )
    expect(await readOutput(store, 'errors')).toMatchObject([
      { index: 7, line: 8, code: 'empty_input', row: '{"id":7,"text":null}' },
    ])
  })

  it('have the same columns and types in every file, however the rows differ', async () => {
    const rows = [
      '{"text":"a","id":9007199254740993,"salary":null,"tags":["x"],"on":true,"year":1}',
      '{"text":"b","id":1,"salary":null,"tags":{"a":12345678901234567890},"on":false,"year":2.5}',
      ...Array.from({ length: 1000 }, (_, at) => `{"text":"c ${at}","id":${at}}`),
      '{"text":"d","id":12345678901234567890,"salary":5,"on":"yes","year":"2020","extra":{"big":9007199254740993},"other":7}',
    ]
    const { store } = createBucket({
      'input/a.jsonl': rows.join('\n'),
      'input/a.jsonl.job.json': '{"output":"parquet","shardRows":500}',
    })
    const outcome = await createBatchService(parts).run({ store, key: 'input/a.jsonl' }, createContext())
    expect(outcome).toMatchObject({ status: 'succeeded', checkpoint: { rows: 1003, errors: 0, shards: 3 } })
    const written = await readParquet(store, 'part')
    const embedding = expect.any(Array)
    const [first, second] = written
    expect(first).toEqual({
      ...{
        index: 0n,
        id: 9007199254740993n,
        salary: null,
        tags: '["x"]',
        on: true,
        year: 1,
        other: null,
        ...UNMARKED,
        embedding,
      },
    })
    expect(second).toMatchObject({ id: 1n, tags: '{"a":12345678901234567890}', on: false, year: 2.5 })
    expect(written[1002]).toEqual({
      ...{ index: 1002n, id: null, salary: '5', tags: null, on: null, year: null, ...UNMARKED, embedding },
      other:
        '{"id":12345678901234567890,"on":"yes","year":"2020","extra":{"big":9007199254740993},"other":7}',
    })
    expect(new Set(written.map((row) => Object.keys(row).join())).size).toBe(1)
  })

  it('keep the columns in the plan, and tell them in the summary', async () => {
    const store = await runToParquet([{ text: 'one', years: 3, tags: ['a'] }], { rows: 1, errors: 0 })
    const [plan] = await arrayOf(store.list('output/'), '_JOB')
    const { plan: kept } = JSON.parse(await text(await store.read(plan!))) as { plan: JobPlan }
    expect(kept.outputColumns!.columns.map(({ source }) => source)).toEqual(['years', 'tags'])
    const [summary] = await arrayOf(store.list('output/'), '_SUCCESS')
    expect(JSON.parse(await text(await store.read(summary!)))).toMatchObject({
      output: {
        format: 'parquet',
        columns: [
          { name: 'years', type: 'int64' },
          { name: 'tags', type: 'json' },
          { name: 'other', type: 'json' },
        ],
      },
    })
  })

  it('hold whole numbers digit for digit, in the sample and behind it', async () => {
    const ids = (...ids: (string | number)[]) => ids.map((id) => `{"text":"a","id":${id}}`)
    const first = Array.from({ length: 1000 }, (_, id) => id)
    const { store } = createBucket({
      'input/a.jsonl': ids(...first, '9007199254740993', '-9223372036854775808', '1.5').join('\n'),
      'input/a.jsonl.job.json': '{"output":"parquet"}',
    })
    await createBatchService(parts).run({ store, key: 'input/a.jsonl' }, createContext())
    const rows = (await readParquet(store, 'part')).slice(999)
    expect(rows.map(({ id, other }) => [id, other])).toEqual([
      [999n, null],
      [9007199254740993n, null],
      [-9223372036854775808n, null],
      [null, '{"id":1.5}'],
    ])
  })

  it('tell the types of a Parquet file as it has them', async () => {
    const { store } = createBucket({
      'input/a.parquet': parquetFile(),
      'input/a.parquet.job.json': '{"output":"parquet"}',
    })
    await createBatchService(parts).run({ store, key: 'input/a.parquet' }, createContext())
    const [summary] = await arrayOf(store.list('output/'), '_SUCCESS')
    expect(JSON.parse(await text(await store.read(summary!)))).toMatchObject({
      output: { columns: [{ name: 'id', type: 'int64' }] },
    })
  })

  it('of an earlier version, without columns in their plan, are refused with the remedy', () => {
    expect(() => createParquetFormat({ id: 'a.csv-1' } as JobPlan)).toThrow(/redrive a.csv-1 --restart/)
  })

  it('keep numbers that are too large for any type as their digits', async () => {
    const types = async (...ids: string[]) => {
      const { store } = createBucket({
        'input/a.jsonl': ids.map((id) => `{"text":"a","id":${id}}`).join('\n'),
        'input/a.jsonl.job.json': '{"output":"parquet"}',
      })
      await createBatchService(parts).run({ store, key: 'input/a.jsonl' }, createContext())
      return (await readParquet(store, 'part')).map(({ id }) => id)
    }
    expect(await types('18446744073709551615', '1')).toEqual([18446744073709551615n, 1n])
    expect(await types('-9007199254740993', '1')).toEqual([-9007199254740993n, 1n])
    expect(await types('18446744073709551616', '1')).toEqual(['18446744073709551616', '1'])
    expect(await types('0.1000000000000000055', '1.5')).toEqual(['0.1000000000000000055', '1.5'])
    expect(await types('1', '2')).toEqual([1n, 2n])
  })

  it('hold the texts of a table, the names of our own among them', async () => {
    const { store } = createBucket({
      'input/a.csv': 'index,text,__proto__,embedding,input_embedding\n,,,,\n007,a,p,e,i\n',
      'input/a.csv.job.json': '{"output":"parquet"}',
    })
    await createBatchService(parts).run({ store, key: 'input/a.csv' }, createContext())
    const [row] = await readParquet(store, 'part')
    expect(row).toMatchObject({
      index: 1n,
      input_index: '007',
      input_embedding: 'e',
      input_input_embedding: 'i',
    })
  })

  it.each(['arrow', 'duck', 'polars', 'int96'])(
    'hold the values of %s.parquet as they are there',
    async (name) => {
      const source = readFileSync(`test/fixtures/parquet/${name}.parquet`)
      const { store } = createBucket({ 'input/a.parquet.job.json': '{"output":"parquet"}' })
      await store.write('input/a.parquet', source)
      const outcome = await createBatchService(parts).run({ store, key: 'input/a.parquet' }, createContext())
      expect(outcome).toMatchObject({ status: 'succeeded', checkpoint: { errors: 0 } })
      const [key] = await arrayOf(store.list('output/'), 'part-')
      const [before, after] = [await readable(source), await readable(await buffer(await store.read(key!)))]
      expect(
        after.map(({ index, embedding, unknown, truncated, ...columns }) => Object.values(columns)),
      ).toEqual(before.map(({ text, ...columns }) => Object.values(columns)))
    },
  )

  it('are split at row groups, every row once and with its position', async () => {
    const { store } = createBucket({ 'input/a.parquet.job.json': '{"shardRows":3}' })
    await store.write('input/a.parquet', parquetFile())
    const split = createSplitService({ ...parts, rangeBytes: 150 })
    const context = createContext()
    const { job, items, ranges } = await split.plan({ store, key: 'input/a.parquet' }, context)
    expect(ranges).toBeGreaterThan(2)
    for (const range of JSON.parse(await text(await store.read(items))).reverse()) {
      expect(await split.work({ store, job, range }, context)).toEqual({ finished: true })
    }
    expect(await split.finish({ store, job }, context)).toMatchObject({ rows: 29, errors: 1 })
    const rows = await readOutput(store, 'part')
    expect(rows.map(({ index }) => index)).toEqual(
      Array.from({ length: 30 }, (_, id) => id).filter((id) => id !== 7),
    )
  })

  it('are not split where row groups do not lie one after another', () => {
    const groups = [
      { start: 50, firstRow: 0 },
      { start: 4, firstRow: 10 },
    ]
    expect(joinGroups(100, groups, 1)).toEqual([{ number: 0, start: 0, end: 100, index: 0 }])
  })
})
