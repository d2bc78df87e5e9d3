import { buffer, text } from 'node:stream/consumers'
import { parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createRecordReader } from '../../../src/formats/open-records.ts'
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { createJsonFormat } from '../../../src/services/batch/json-format.ts'
import { createParquetFormat } from '../../../src/services/batch/parquet-format.ts'
import type { BatchParts } from '../../../src/services/batch/parts.ts'
import { joinGroups } from '../../../src/services/batch/ranges.ts'
import { createSplitService } from '../../../src/services/batch/split.ts'
import type { WritableStore } from '../../../src/storage/store.ts'
import { createBucket, readOutput, testBatchParts } from '../../support/batch-service.ts'

const openReader: BatchParts['openReader'] = async (store, { format, key, bytes }) =>
  createRecordReader(format, { bytes, read: (start, end) => store.read(key, { start, end }) })
const openFormat: BatchParts['openFormat'] = async (_, plan) =>
  plan.output === 'parquet' ? createParquetFormat() : createJsonFormat(plan)
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

describe('Parquet jobs', () => {
  it('write the columns that are kept and the vectors as lists', async () => {
    const lines = [
      { id: 'a', text: 'one' },
      { custom_id: 'c', body: { input: ['two', 'three'] } },
      { text: '' },
    ]
    const { store } = createBucket({
      'input/a.jsonl': lines.map((line) => JSON.stringify(line)).join('\n'),
      'input/a.jsonl.job.json': '{"output":"parquet"}',
    })
    const outcome = await createBatchService(parts).run({ store, key: 'input/a.jsonl' }, createContext())
    expect(outcome).toMatchObject({ status: 'succeeded', checkpoint: { rows: 2, errors: 1 } })
    const list = [expect.any(Number), expect.any(Number), expect.any(Number), expect.any(Number)]
    expect(await readParquet(store, 'part')).toEqual([
      { index: 0n, id: 'a', custom_id: null, input: null, embedding: list },
      { index: 1n, id: null, custom_id: 'c', input: 0n, embedding: list },
      { index: 1n, id: null, custom_id: 'c', input: 1n, embedding: list },
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
      { index: 7, line: 8, code: 'empty_input', row: '{"id":"7","text":null}' },
    ])
  })

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
