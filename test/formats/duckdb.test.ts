import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import { encodeParquet, plainColumn } from '../../src/formats/parquet/file.ts'
import { temporaryFolder } from '../support/folders.ts'
import { BEGINNING, plainLayout, sourceOf } from '../support/record-readers.ts'

const connect = async () => (await DuckDBInstance.create(':memory:')).connect()

it('DuckDB reads the Parquet files that are written: lists of floats, and columns of their types', async () => {
  const rows = Array.from({ length: 300 }, (_, row) => [row / 8, -row, 0.5])
  const columns = [
    { node: plainColumn('index', 'int64'), cells: rows.map((_, row) => BigInt(row)) },
    { node: plainColumn('title', 'text'), cells: rows.map((_, row) => (row === 5 ? null : `职位 ${row}`)) },
    { node: plainColumn('score', 'double'), cells: rows.map((_, row) => row / 2) },
    { node: plainColumn('large', 'uint64'), cells: rows.map(() => -1n) },
  ]
  const bytes = await encodeParquet(columns, { name: 'embedding', rows })
  const path = join(temporaryFolder('duckdb'), 'part-00000.parquet')
  writeFileSync(path, bytes)
  const connection = await connect()
  const types = await connection.runAndReadAll(`describe select * from '${path}'`)
  expect(types.getRowObjects().map((row) => [row.column_name, row.column_type])).toEqual([
    ['index', 'BIGINT'],
    ['title', 'VARCHAR'],
    ['score', 'DOUBLE'],
    ['large', 'UBIGINT'],
    ['embedding', 'FLOAT[]'],
  ])
  const query = `select count(*) as rows, count(title) as titles, sum(score) as score, sum(embedding[1]) as first,
    min(len(embedding)) as shortest, any_value(title) filter (index = 9) as ninth from '${path}'`
  const [answer] = (await connection.runAndReadAll(query)).getRowObjects()
  expect(answer).toEqual({
    ...{
      rows: 300n,
      titles: 299n,
      score: (299 * 300) / 4,
      first: (299 * 300) / 16,
      shortest: 3n,
      ninth: '职位 9',
    },
  })
  connection.closeSync()
})

it.each(['snappy', 'zstd', 'gzip', 'uncompressed'])(
  'Parquet files of DuckDB with %s are read',
  async (codec) => {
    const path = join(temporaryFolder('duckdb'), 'rows.parquet')
    const connection = await connect()
    await connection.run(
      `copy (select range as id, 'text ' || range as text, [range, 2]::float[] as list from range(5000))
    to '${path}' (format parquet, compression ${codec}, row_group_size 2048)`,
    )
    connection.closeSync()
    const ids: number[] = []
    const reader = createRecordReader(plainLayout('parquet'), sourceOf(readFileSync(path), 65_536))
    for await (const { index, fields } of reader.read(BEGINNING, createContext())) {
      ids.push(Number(fields!.id))
      expect(fields).toEqual({ id: BigInt(index), text: `text ${index}`, list: [index, 2] })
    }
    expect(ids).toHaveLength(5000)
  },
)
