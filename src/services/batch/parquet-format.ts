import { encodeParquet } from '../../formats/parquet-file.ts'
import { type Matrix, rowOf } from '../../vector/matrix.ts'
import { type FinishedRow, ownColumns } from './lines-out.ts'
import type { ShardFormat } from './parts.ts'

/**
 * Shards as Parquet files: the position in the file, the columns that are kept, and the vector as a list of floats. A
 * line of an OpenAI batch is as many rows as it has inputs.
 */
export function createParquetFormat(): ShardFormat {
  return {
    extension: 'parquet',
    open() {
      const rows: OutputRow[] = []
      return {
        async add(finished, vectors) {
          for (const row of finished) rows.push(...rowsOf(row, vectors))
        },
        finish: async () => encodeRows(rows),
      }
    },
  }
}

function encodeRows(rows: readonly OutputRow[]): Promise<Uint8Array> {
  const names = new Set(rows.flatMap(({ columns }) => Object.keys(columns)))
  const columns = Array.from(names, (name) => ({ name, values: rows.map((row) => row.columns[name]) }))
  const index = { name: 'index', values: rows.map((row) => BigInt(row.index)) }
  return encodeParquet([index, ...columns], { name: 'embedding', rows: rows.map(({ vector }) => vector) })
}

interface OutputRow {
  readonly index: number
  readonly columns: Readonly<Record<string, unknown>>
  readonly vector: number[]
}

function rowsOf({ row, first }: FinishedRow, vectors: Matrix): OutputRow[] {
  const { index } = row.record
  return row.inputs.map((_, input) => {
    const columns = row.openAi
      ? { custom_id: row.openAi.customId, input: BigInt(input) }
      : ownColumns(row.columns)
    return { index, columns, vector: Array.from(rowOf(vectors, first + input)) }
  })
}
