import type { ColumnChunk, FileMetaData, SchemaElement } from 'hyparquet'

/** A column of a Parquet file, or a part of one that has parts: plain data, as a job's plan can keep it. */
export type ParquetNode = ParquetLeaf | ParquetList | ParquetMap | ParquetStruct

interface Named {
  /** As the file has it. */
  readonly name: string
  /** Whether it can be null. */
  readonly optional: boolean
}

/** Values of one physical type, with what they mean. */
export interface ParquetLeaf extends Named {
  readonly kind: 'leaf'
  readonly type: NonNullable<SchemaElement['type']>
  /** What the values mean, and how many bytes they have: the parts of a schema element that are no structure. */
  readonly meaning: Pick<
    SchemaElement,
    'type_length' | 'converted_type' | 'logical_type' | 'scale' | 'precision'
  >
}

/** Lists, of whatever form the writer gave them. */
interface ParquetList extends Named {
  readonly kind: 'list'
  readonly item: ParquetNode
  /** Where the items are, in what the library reads: in the list itself, or in the one field of an object. */
  readonly field?: string
}

/** Entries of a key and a value. */
interface ParquetMap extends Named {
  readonly kind: 'map'
  readonly key: ParquetNode
  readonly value: ParquetNode
  /** In what the library reads: the name of the entries, of the key and of the value. */
  readonly fields: readonly [entries: string, key: string, value: string]
}

/** An object of named parts. */
interface ParquetStruct extends Named {
  readonly kind: 'struct'
  readonly children: readonly ParquetNode[]
  /** Their names in what the library reads. */
  readonly fields: readonly string[]
}

/** A schema as the project sees it, and the metadata by which the library reads values as they are stored. */
interface PlainParquet {
  readonly columns: readonly ParquetNode[]
  /** Of each column in `metadata`. */
  readonly fields: readonly string[]
  readonly metadata: FileMetaData
}

type Meaning = { readonly [P in 'converted_type' | 'logical_type']?: SchemaElement[P] | undefined }

interface Tree {
  readonly element: SchemaElement
  readonly children: readonly Tree[]
  /** Its place in the schema makes it unique, and no name of anything else. */
  readonly field: string
}

/**
 * Takes meanings and names out of a file's metadata. The library then decodes nothing: it rounds decimals and whole
 * numbers to doubles, cuts nanoseconds, replaces bytes that are no text, and loses fields named `__proto__`.
 *
 * @throws Error for metadata that contradicts itself
 */
export function plainParquet(metadata: FileMetaData): PlainParquet {
  const tree = treeOf(metadata.schema)
  const leaves = leavesOf(tree, [])
  const row_groups = metadata.row_groups.map((group, number) => {
    if (group.columns.length !== leaves.length)
      throw new Error(`row group ${number} has other columns than the schema`)
    return { ...group, columns: group.columns.map((column, index) => renamed(column, leaves[index]!)) }
  })
  const schema = metadata.schema.map((element, at) => ({ ...plainElement(element), name: `f${at}` }))
  return {
    columns: tree.children.map(nodeOf),
    fields: tree.children.map(({ field }) => field),
    metadata: { ...metadata, schema, row_groups },
  }
}

function treeOf(schema: readonly SchemaElement[]): Tree {
  let at = 0
  const next = (): Tree => {
    const element = schema[at]
    if (!element) throw new Error('its schema ends too early')
    const field = `f${at++}`
    return { element, field, children: Array.from({ length: element.num_children ?? 0 }, next) }
  }
  return next()
}

interface Leaf {
  readonly path: readonly string[]
  readonly names: readonly string[]
}

function leavesOf({ children }: Tree, above: readonly Tree[]): Leaf[] {
  return children.flatMap((child) => {
    const all = [...above, child]
    if (child.children.length > 0) return leavesOf(child, all)
    return { path: all.map(({ field }) => field), names: all.map(({ element }) => element.name) }
  })
}

/** Chunks of columns stand in the order of the schema. */
function renamed(column: ColumnChunk, { path, names }: Leaf): ColumnChunk {
  if (!column.meta_data) throw new Error('a column of it lies in another file')
  if (column.meta_data.path_in_schema.join('\0') !== names.join('\0')) {
    throw new Error(`the column ${names.join('.').slice(0, 100)} is not where the schema has it`)
  }
  return { ...column, meta_data: { ...column.meta_data, path_in_schema: [...path] } }
}

function plainElement({
  converted_type,
  logical_type,
  scale,
  precision,
  ...element
}: SchemaElement): SchemaElement {
  // Of groups the library must know which are lists; maps would become objects, which have no two keys alike.
  return element.num_children && isList({ converted_type, logical_type })
    ? { ...element, converted_type: 'LIST' }
    : element
}

function nodeOf(tree: Tree): ParquetNode {
  if (tree.element.repetition_type !== 'REPEATED') return oneOf(tree)
  return { kind: 'list', name: tree.element.name, optional: false, item: oneOf(tree) }
}

/** A node, seen without its repetition. */
function oneOf(tree: Tree): ParquetNode {
  const { element, children } = tree
  const { name, type, repetition_type } = element
  const base = { name, optional: repetition_type === 'OPTIONAL' }
  if (children.length === 0) {
    if (!type) throw new Error(`the column ${name.slice(0, 100)} has neither a type nor parts`)
    return { ...base, kind: 'leaf', type, meaning: meaningOf(element) }
  }
  const [first] = children as [Tree]
  const isAlone = children.length === 1 && first.element.repetition_type === 'REPEATED'
  if (isAlone && isList(element)) return listOf(base, first)
  if (isAlone && isMap(element) && first.children.length === 2) {
    const [key, value] = first.children as [Tree, Tree]
    const fields = [first.field, key.field, value.field] as const
    return { ...base, kind: 'map', key: nodeOf(key), value: nodeOf(value), fields }
  }
  return {
    ...base,
    kind: 'struct',
    children: children.map(nodeOf),
    fields: children.map(({ field }) => field),
  }
}

/** The library looks through the group of a list that has one part, and leaves one with several as it is. */
function listOf(base: Named, group: Tree): ParquetList {
  const { children } = group
  if (children.length === 1) return { ...base, kind: 'list', item: nodeOf(children[0]!) }
  if (children.length === 0) return { ...base, kind: 'list', item: oneOf(group) }
  return { ...base, kind: 'list', item: oneOf(group), field: group.field }
}

function isList({ converted_type, logical_type }: Meaning): boolean {
  return converted_type === 'LIST' || logical_type?.type === 'LIST'
}

function isMap({ converted_type, logical_type }: Meaning): boolean {
  return converted_type === 'MAP' || converted_type === 'MAP_KEY_VALUE' || logical_type?.type === 'MAP'
}

const MEANINGS = ['type_length', 'converted_type', 'logical_type', 'scale', 'precision']

/** Without what is undefined: plain data is the same before and after it was JSON. */
function meaningOf(element: SchemaElement): ParquetLeaf['meaning'] {
  const entries = Object.entries(element)
  return Object.fromEntries(entries.filter(([name, value]) => value !== undefined && MEANINGS.includes(name)))
}
