import type { ParquetNode } from '../../../formats/parquet/tree.ts'

/** What becomes of a column's values: `cell`, as they are, `json`, their JSON, else values of that type alone. */
export type Fit = 'cell' | 'text' | 'boolean' | 'double' | 'int64' | 'uint64' | 'digits' | 'json'

/** A column of the Parquet files that a job writes. */
export interface OutputColumn {
  /** Its name among the columns of a row. */
  readonly source: string
  readonly node: ParquetNode
  readonly fit: Fit
}

/** The columns of all Parquet files of a job. */
export interface OutputColumns {
  readonly columns: readonly OutputColumn[]
  /** The column for values that fit no other one, as a JSON object by column; set where rows may have such values. */
  readonly other?: string
}

/** A column with what it holds, as people read it: `text`, `double`, `json`; of a Parquet file its own type. */
export interface ShownColumn {
  readonly name: string
  readonly type: string
}

/** The columns for the summary of a job. */
export function showColumns({ columns, other }: OutputColumns): ShownColumn[] {
  const shown = columns.map(({ node, fit }) => ({
    name: node.name,
    type: fit === 'cell' ? typeOf(node) : fit,
  }))
  return other === undefined ? shown : [...shown, { name: other, type: 'json' }]
}

function typeOf(node: ParquetNode): string {
  if (node.kind !== 'leaf') return node.kind
  const { logical_type, converted_type } = node.meaning
  return (logical_type?.type ?? converted_type ?? node.type).toLowerCase()
}
