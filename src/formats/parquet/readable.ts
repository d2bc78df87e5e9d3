import { isText, type ToCell } from './cells.ts'
import { decimalText, float16Value, intervalText, unscaledOf, uuidText } from './numbers.ts'
import { dateText, type TimeUnit, timestampText, timeText } from './times.ts'
import type { ParquetLeaf, ParquetNode } from './tree.ts'

/**
 * What a column's cells are in JSON, by the column's type alone: whole numbers and floats are numbers, decimals, dates
 * and times are texts with every digit, bytes stay bytes. A map is an object.
 */
export function readableMaker(node: ParquetNode): ToCell {
  const make = node.kind === 'leaf' ? leafOf(node) : insideOf(node)
  return make && ((cell) => (cell === null ? null : make(cell)))
}

function insideOf(node: Exclude<ParquetNode, ParquetLeaf>): ToCell {
  if (node.kind === 'list') {
    const item = readableMaker(node.item)
    return (cell) => (cell as readonly unknown[]).map(item)
  }
  if (node.kind === 'map') {
    const [makeKey, makeValue] = [readableMaker(node.key), readableMaker(node.value)]
    return (cell) => {
      const pairs = (cell as readonly Entry[]).map(({ key, value }) => [
        keyText(makeKey(key)),
        makeValue(value),
      ])
      // An object has each key once: a map that has one again is written as its pairs.
      return new Set(pairs.map(([key]) => key)).size < pairs.length ? pairs : Object.fromEntries(pairs)
    }
  }
  const parts = node.children.map((child, index) => [child.name, `f${index}`, readableMaker(child)] as const)
  return (cell) => {
    const fields = cell as Readonly<Record<string, unknown>>
    return Object.fromEntries(parts.map(([name, field, make]) => [name, make(fields[field])]))
  }
}

interface Entry {
  readonly key: unknown
  readonly value: unknown
}

/** Keys of an object are texts. */
function keyText(key: unknown): string {
  return key instanceof Uint8Array ? Buffer.from(key).toString('base64') : String(key)
}

const UNITS: Readonly<Record<string, TimeUnit>> = { MILLIS: 'ms', MICROS: 'us', NANOS: 'ns' }

function leafOf(leaf: ParquetLeaf): ToCell {
  const { type, meaning } = leaf
  const { converted_type: converted = '', logical_type: logical } = meaning
  if (isText(leaf)) return asIs
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const scale = (logical?.type === 'DECIMAL' ? logical.scale : meaning.scale) ?? 0
    return (cell) => decimalText(unscaledOf(cell as Stored), scale)
  }
  if (converted === 'DATE' || logical?.type === 'DATE') return (cell) => dateText(BigInt(cell as number))
  if (type === 'INT96') return (cell) => timestampText(cell as bigint, 'ns', false)
  if (logical?.type === 'TIMESTAMP' || converted.startsWith('TIMESTAMP_')) {
    const unit = UNITS[logical?.type === 'TIMESTAMP' ? logical.unit : converted.slice('TIMESTAMP_'.length)]!
    const isUtc = logical?.type === 'TIMESTAMP' ? logical.isAdjustedToUTC : true
    return (cell) => timestampText(cell as bigint, unit, isUtc)
  }
  if (logical?.type === 'TIME' || converted.startsWith('TIME_')) {
    const unit = UNITS[logical?.type === 'TIME' ? logical.unit : converted.slice('TIME_'.length)]!
    return (cell) => timeText(BigInt(cell as number | bigint), unit)
  }
  return numberOf(leaf)
}

type Stored = number | bigint | Uint8Array

function numberOf({
  type,
  meaning: { converted_type: converted, logical_type: logical },
}: ParquetLeaf): ToCell {
  const isUnsigned = (logical?.type === 'INTEGER' && !logical.isSigned) || /^UINT_/.test(converted ?? '')
  if (isUnsigned && type === 'INT64') return (cell) => BigInt.asUintN(64, cell as bigint)
  if (isUnsigned) return (cell) => (cell as number) >>> 0
  if (logical?.type === 'FLOAT16') return (cell) => float16Value(cell as Uint8Array)
  if (logical?.type === 'UUID') return (cell) => uuidText(cell as Uint8Array)
  if (converted === 'INTERVAL') return (cell) => intervalText(cell as Uint8Array)
  return asIs
}

function asIs(cell: unknown): unknown {
  return cell
}
