import type { ConvertedType, SchemaElement } from 'hyparquet'
import type { ColumnSource } from 'hyparquet-writer'
import type { ParquetLeaf, ParquetNode } from './tree.ts'

/** A column with its cells, one a row, as `ToCell` describes them. */
interface ParquetColumn {
  readonly node: ParquetNode
  readonly cells: readonly unknown[]
}

/** Types of columns that are made here, by what their cells are: strings, doubles, bigints, booleans. */
const PARQUET_TYPES = {
  text: { type: 'BYTE_ARRAY', meaning: { converted_type: 'UTF8', logical_type: { type: 'STRING' } } },
  double: { type: 'DOUBLE', meaning: {} },
  int64: { type: 'INT64', meaning: {} },
  uint64: {
    type: 'INT64',
    meaning: { converted_type: 'UINT_64', logical_type: { type: 'INTEGER', bitWidth: 64, isSigned: false } },
  },
  boolean: { type: 'BOOLEAN', meaning: {} },
} as const satisfies Record<string, Pick<ParquetLeaf, 'type' | 'meaning'>>

/** A column of one of {@link PARQUET_TYPES}, whose rows may lack it. */
export function plainColumn(name: string, type: keyof typeof PARQUET_TYPES): ParquetLeaf {
  return { kind: 'leaf', name, optional: true, ...PARQUET_TYPES[type] }
}

/**
 * A Parquet file of one row group: columns of cells, and one of vectors, a list of 32-bit floats as other readers know
 * it. Cells of another Parquet file are written with that file's types, and without a change; but its times of 96 bits,
 * which are out of use, become nanoseconds in 64, as all readers take them, and lists the usual form.
 *
 * @param vectors one row for each cell of a column
 */
export async function encodeParquet(
  columns: readonly ParquetColumn[],
  vectors: { readonly name: string; readonly rows: readonly (readonly number[])[] },
): Promise<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer')
  const item: ParquetLeaf = { kind: 'leaf', name: 'element', optional: false, type: 'FLOAT', meaning: {} }
  const nodes = [
    ...columns.map(({ node }) => node),
    { kind: 'list', name: vectors.name, optional: false, item } as const,
  ]
  const root: SchemaElement = { name: 'root', num_children: nodes.length }
  const bytes = new ByteWriter()
  const plain = [root, ...nodes.flatMap((node, at) => elementsOf(node, `c${at}`))]
  const writer = new ParquetWriter({ writer: bytes, schema: plain, statistics: false })
  const cells = columns.map(({ cells }, at) => ({ name: `c${at}`, data: [...cells] }))
  // Random bits do not compress, and have no common values.
  const lists: ColumnSource = {
    name: `c${columns.length}`,
    data: [...vectors.rows],
    encoding: 'PLAIN',
    codec: 'UNCOMPRESSED',
  }
  await writer.write({ columnData: [...cells, lists], rowGroupSize: Math.max(1, vectors.rows.length) })
  // Only the footer has the names and meanings of the cells: see elementsOf.
  writer.schema = [root, ...nodes.flatMap((node) => elementsOf(node))]
  const paths = nodes.flatMap(pathsOf)
  for (const group of writer.row_groups) {
    group.columns.forEach(({ meta_data }, at) => {
      meta_data!.path_in_schema = [...paths[at]!]
    })
  }
  await writer.finish()
  return bytes.getBytes()
}

/**
 * The schema of a column, in depth-first order.
 *
 * @param field the name of the column in the cells, whose parts are then called so too and have no meanings: the
 * library would round decimals, and write JSON as JSON once more
 */
function elementsOf(node: ParquetNode, field?: string): SchemaElement[] {
  const name = field ?? node.name
  const repetition_type = node.optional ? 'OPTIONAL' : 'REQUIRED'
  const inner = (child: ParquetNode, own: string) => elementsOf({ ...child, name: own }, field && own)
  if (node.kind === 'leaf') {
    const { type, meaning } = writtenAs(node)
    const { type_length } = meaning
    const known = field === undefined ? meaning : type_length === undefined ? {} : { type_length }
    return [{ name, type, repetition_type, ...known }]
  }
  if (node.kind === 'struct') {
    const children = node.children.flatMap((child, at) => elementsOf(child, field && `f${at}`))
    return [{ name, repetition_type, num_children: node.children.length }, ...children]
  }
  const isList = node.kind === 'list'
  const type = isList ? 'LIST' : 'MAP'
  const children = isList
    ? inner(node.item, 'element')
    : [...inner(required(node.key), 'key'), ...inner(node.value, 'value')]
  return [
    { name, repetition_type, num_children: 1, converted_type: type, logical_type: { type } },
    { name: isList ? 'list' : 'key_value', repetition_type: 'REPEATED', num_children: isList ? 1 : 2 },
    ...children,
  ]
}

/** Keys are never null. */
function required(node: ParquetNode): ParquetNode {
  return { ...node, optional: false }
}

function writtenAs({ type, meaning }: ParquetLeaf): Pick<ParquetLeaf, 'type' | 'meaning'> {
  if (type === 'INT96') {
    return {
      type: 'INT64',
      meaning: { logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'NANOS' } },
    }
  }
  const { logical_type: logical } = meaning
  if (logical?.type !== 'INTEGER') return { type, meaning }
  // The older name says the same, and the library writes the newer one so that other readers refuse the file.
  return {
    type,
    meaning: { converted_type: `${logical.isSigned ? '' : 'U'}INT_${logical.bitWidth}` as ConvertedType },
  }
}

/** The names on the way to each leaf of a column. */
function pathsOf(node: ParquetNode): string[][] {
  const below = (child: ParquetNode, ...names: string[]) =>
    pathsOf(child).map((path) => [node.name, ...names, ...path])
  if (node.kind === 'leaf') return [[node.name]]
  if (node.kind === 'list') return below({ ...node.item, name: 'element' }, 'list')
  if (node.kind === 'struct') return node.children.flatMap((child) => below(child))
  return [
    ...below({ ...node.key, name: 'key' }, 'key_value'),
    ...below({ ...node.value, name: 'value' }, 'key_value'),
  ]
}
