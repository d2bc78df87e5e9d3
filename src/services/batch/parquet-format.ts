import { encodeParquet } from '../../formats/parquet-file.ts'
import { rowOf } from '../../vector/matrix.ts'
import { type FinishedRow, ownColumns } from './lines-out.ts'
import type { ShardFormat } from './parts.ts'

/**
 * Shards as Parquet files: the position in the file, the columns that are kept, and the vector as a list of floats. A
 * line of an OpenAI batch is as many rows as it has inputs.
 */
export function createParquetFormat(): ShardFormat {
  return {
    extension: 'parquet',
    async encode(finished, vectors) {
      const rows = finished.flatMap(rowsOf)
      const names = new Set(rows.flatMap(({ columns }) => Object.keys(columns)))
      const columns = Array.from(names, (name) => ({ name, values: rows.map((row) => row.columns[name]) }))
      const index = { name: 'index', values: rows.map((row) => BigInt(row.index)) }
      const lists = rows.map(({ place }) => Array.from(rowOf(vectors, place)))
      return encodeParquet([index, ...columns], { name: 'embedding', rows: lists })
    },
  }
}

interface OutputRow {
  readonly index: number
  readonly columns: Readonly<Record<string, unknown>>
  /** Row of the matrix. */
  readonly place: number
}

function rowsOf({ row, first }: FinishedRow): OutputRow[] {
  const { index } = row.record
  return row.inputs.map((_, input) => {
    const columns = row.openAi
      ? { custom_id: row.openAi.customId, input: BigInt(input) }
      : ownColumns(row.columns)
    return { index, columns, place: first + input }
  })
}
