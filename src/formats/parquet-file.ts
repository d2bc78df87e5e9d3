import type { SchemaElement } from 'hyparquet'
import type { ColumnSource } from 'hyparquet-writer'

/** A column of values that a row may lack. */
export interface ParquetColumn {
  readonly name: string
  readonly values: readonly unknown[]
}

/**
 * A Parquet file of one row group: columns of plain values, and one of vectors, a list of 32-bit floats as other
 * readers know it.
 *
 * A column holds booleans, 64-bit integers, doubles, dates or texts if all its values are such; anything else is
 * written as JSON. Numbers are doubles even where all of them are whole: files that belong together must agree.
 *
 * @param vectors one row for each value of a column
 */
export async function encodeParquet(
  columns: readonly ParquetColumn[],
  vectors: { readonly name: string; readonly rows: readonly (readonly number[])[] },
): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  const written = columns.map(toColumn)
  const { name, rows } = vectors
  // Random bits do not compress, and have no common values.
  const lists: ColumnSource = {
    name,
    data: [...rows],
    encoding: 'PLAIN',
    codec: 'UNCOMPRESSED',
    statistics: false,
  }
  const schema: SchemaElement[] = [
    { name: 'root', num_children: written.length + 1 },
    ...written.map(({ element }) => element),
    {
      name,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
      repetition_type: 'REQUIRED',
      num_children: 1,
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
  ]
  const columnData = [...written.map(({ column }) => column), lists]
  return new Uint8Array(parquetWriteBuffer({ columnData, schema, rowGroupSize: Math.max(1, rows.length) }))
}

const TYPES: Readonly<Record<string, Omit<SchemaElement, 'name'>>> = {
  boolean: { type: 'BOOLEAN' },
  bigint: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  date: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
}

function toColumn({ name, values }: ParquetColumn): { element: SchemaElement; column: ColumnSource } {
  const kinds = new Set(values.filter((value) => value !== null && value !== undefined).map(kindOf))
  const [kind = 'string'] = kinds
  const plain = kinds.size <= 1 && kind in TYPES
  const data = plain ? values.map((value) => value ?? null) : values.map(toJsonText)
  const element: SchemaElement = { name, ...TYPES[plain ? kind : 'string']!, repetition_type: 'OPTIONAL' }
  return { element, column: { name, data } }
}

function kindOf(value: unknown): string {
  return value instanceof Date ? 'date' : typeof value
}

function toJsonText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))
}
