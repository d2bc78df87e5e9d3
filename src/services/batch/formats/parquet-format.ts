import { AppError } from '../../../errors.ts'
import { encodeParquet, plainColumn } from '../../../formats/parquet/file.ts'
import { type Matrix, rowOf } from '../../../vector/matrix.ts'
import type { OutputColumns } from '../plan/output-columns.ts'
import type { JobPlan } from '../plan/plan.ts'
import { redriveCommand } from '../plan/remedies.ts'
import type { FinishedRow } from '../rows/row-lines.ts'
import { cellsOf } from './find-columns.ts'
import type { ShardFormat } from './shard-format.ts'

/**
 * Shards as Parquet files: the position in the file, the columns that are kept, and the vector as a list of floats. A
 * line of an OpenAI batch is as many rows as it has inputs. All shards of a job have the same columns and types.
 *
 * @throws AppError `artifact_missing` for a plan without columns
 */
export function createParquetFormat({ id, outputColumns: columns }: JobPlan): ShardFormat {
  if (!columns) throw withoutColumns(id)
  return {
    extension: 'parquet',
    open() {
      const rows: OutputRow[] = []
      return {
        async add(finished, vectors) {
          for (const row of finished) rows.push(...outputRowsOf(row, vectors, columns))
        },
        finish: async () => encodeRows(rows, columns),
      }
    },
  }
}

function withoutColumns(id: string): AppError {
  return new AppError(
    'artifact_missing',
    `The plan of job ${id} has no columns for its Parquet files: it was begun by an earlier version; restart the job with "${redriveCommand(id, { restart: true })}".`,
  )
}

function encodeRows(rows: readonly OutputRow[], { columns, other }: OutputColumns): Promise<Uint8Array> {
  const nodes = columns.map(({ node }) => node)
  const kept = other === undefined ? nodes : [...nodes, plainColumn(other, 'text')]
  const index = {
    node: { ...plainColumn('index', 'int64'), optional: false },
    cells: rows.map((row) => BigInt(row.index)),
  }
  const marks = (['unknown', 'truncated'] as const).map((name) => ({
    node: { ...plainColumn(name, 'boolean'), optional: false },
    cells: rows.map((row) => row[name]),
  }))
  const all = kept.map((node, at) => ({ node, cells: rows.map(({ cells }) => cells[at]) }))
  return encodeParquet([index, ...all, ...marks], {
    name: 'embedding',
    rows: rows.map(({ vector }) => vector),
  })
}

interface OutputRow {
  readonly index: number
  /** In the order of the columns. */
  readonly cells: readonly unknown[]
  readonly vector: number[]
  readonly unknown: boolean
  readonly truncated: boolean
}

function outputRowsOf(
  { row, first, unknown, cut }: FinishedRow,
  vectors: Matrix,
  columns: OutputColumns,
): OutputRow[] {
  const { index } = row.record
  return row.inputs.map((_, input) => {
    const own = row.openAi ? { custom_id: row.openAi.customId, input: BigInt(input) } : row.columns
    return {
      index,
      cells: cellsOf(own, columns),
      vector: Array.from(rowOf(vectors, first + input)),
      unknown: unknown[input] === 1,
      truncated: cut[input] === 1,
    }
  })
}
