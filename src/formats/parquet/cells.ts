import { isUtf8 } from 'node:buffer'
import { UnreadableValue } from '../record.ts'
import type { ParquetLeaf, ParquetNode } from './tree.ts'

/**
 * Makes cells of the values that the library reads: as they are stored, but for texts, which are strings. A list is an
 * array, a map an array of `{ key, value }`, a struct an object with its parts as `f0`, `f1` and so on; null is null.
 *
 * @throws Error from the function for a text that is not UTF-8
 */
export type ToCell = (value: unknown) => unknown

/** What makes cells of a column's values; a text that cannot be read makes the whole cell unreadable. */
export function cellMaker(node: ParquetNode): ToCell {
  const make = makerOf(node)
  return (value) => {
    try {
      return make(value)
    } catch (cause) {
      return new UnreadableValue((cause as Error).message)
    }
  }
}

function makerOf(node: ParquetNode): ToCell {
  if (node.kind === 'leaf')
    return isText(node) ? (value) => (value ? readText(value as Uint8Array) : null) : orNull
  const make = insideOf(node)
  return (value) => (value === null || value === undefined ? null : make(value))
}

function insideOf(node: Exclude<ParquetNode, ParquetLeaf>): ToCell {
  if (node.kind === 'list') {
    const [item, { field }] = [makerOf(node.item), node]
    return (value) => Array.from(partOf(value, field) as ArrayLike<unknown>, item)
  }
  if (node.kind === 'map') {
    const [makeKey, makeValue] = [makerOf(node.key), makerOf(node.value)]
    const [entries, key, value] = node.fields
    return (map) =>
      Array.from(partOf(map, entries) as ArrayLike<unknown>, (entry) => ({
        key: makeKey(partOf(entry, key)),
        value: makeValue(partOf(entry, value)),
      }))
  }
  const parts = node.children.map(
    (child, index) => [`f${index}`, node.fields[index]!, makerOf(child)] as const,
  )
  return (value) => Object.fromEntries(parts.map(([name, field, make]) => [name, make(partOf(value, field))]))
}

function partOf(value: unknown, field: string | undefined): unknown {
  return field === undefined ? value : (value as Readonly<Record<string, unknown>>)[field]
}

function orNull(value: unknown): unknown {
  return value ?? null
}

/** Whether a leaf holds texts; bytes without a logical type may be texts, too, which shows only when they are read. */
export function isText({
  type,
  meaning: { converted_type: converted, logical_type: logical },
}: ParquetLeaf): boolean {
  if (type !== 'BYTE_ARRAY') return false
  return /^(UTF8|ENUM|JSON)$/.test(converted ?? '') || /^(STRING|ENUM|JSON)$/.test(logical?.type ?? '')
}

function readText(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new Error('holds bytes that are not UTF-8')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}

/** What can be written to Parquet again: times of 96 bits reach further than those that they become. */
export function storedMaker(node: ParquetNode): ToCell {
  if (!JSON.stringify(node).includes('"INT96"')) return (cell) => cell
  return (cell) => (isTooLarge(cell) ? new UnreadableValue('holds a time before 1677 or after 2262') : cell)
}

function isTooLarge(cell: unknown): boolean {
  if (typeof cell === 'bigint') return BigInt.asIntN(64, cell) !== cell
  if (typeof cell !== 'object' || cell === null || cell instanceof Uint8Array) return false
  return Object.values(cell).some(isTooLarge)
}
