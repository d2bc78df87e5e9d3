import type { Context } from '../../../context.ts'
import type { ByteSource } from '../../../formats/byte-source.ts'
import { ExactNumber, stringifyExactJson } from '../../../formats/exact-json.ts'
import { plainColumn } from '../../../formats/parquet/file.ts'
import type { ParquetNode } from '../../../formats/parquet/tree.ts'
import type { RecordReader } from '../../../formats/record.ts'
import type { Fit, OutputColumn, OutputColumns } from '../plan/output-columns.ts'
import type { JobPlan } from '../plan/plan.ts'
import { keptNames, readNativeRow } from '../rows/read-row.ts'
import { isProblem, type Row } from '../rows/row.ts'
import { ownName } from '../rows/row-lines.ts'

/** Columns and types of JSON lines are those of so many rows at the beginning of the file. */
const SAMPLE_ROWS = 1000
const OTHER = 'other'
const OTHER_NAMES = /^(input_)*other$/

/**
 * The columns of a job's Parquet files, found once, from the file and its settings, and kept in the plan.
 *
 * @param source the job's file, of which `reader` gives the records
 */
export async function findOutputColumns(
  plan: JobPlan,
  source: ByteSource,
  reader: RecordReader,
  context: Context,
): Promise<OutputColumns> {
  if (plan.input.format !== 'parquet') return columnsOfText(reader, plan, context)
  const { openParquet } = await import('../../../formats/parquet/source.ts')
  return columnsOfSchema((await openParquet(source)).schema, plan)
}

/**
 * The columns for rows of a Parquet file: the same ones, with the same types.
 *
 * @param schema the file's own
 */
function columnsOfSchema(schema: readonly ParquetNode[], plan: JobPlan): OutputColumns {
  const kept = new Set(
    keptNames(
      schema.map(({ name }) => name),
      plan,
    ),
  )
  const nodes = schema.filter(({ name }) => kept.has(name))
  return {
    columns: nodes.map((node) => ({
      source: node.name,
      fit: 'cell',
      node: { ...node, name: ownName(node.name) },
    })),
  }
}

/**
 * The columns for rows of a text, found in the first rows of the file. Rows of tables have texts. For JSON lines see
 * {@link columnsOfRows}.
 */
async function columnsOfText(reader: RecordReader, plan: JobPlan, context: Context): Promise<OutputColumns> {
  if (plan.input.rows === 'openai') return columnsOfRows([], plan)
  const rows: Row[] = []
  const isJson = plan.input.format === 'jsonl' || plan.input.format === 'json'
  for await (const record of reader.read({ start: 0, index: 0, line: 1 }, context)) {
    const row = readNativeRow(record, plan)
    if (!isProblem(row)) rows.push(row)
    // A good row of a table has all its columns; before there is one, nothing is known.
    if (isJson ? record.index + 1 >= SAMPLE_ROWS : rows.length > 0) break
  }
  if (isJson) return columnsOfRows(rows, plan)
  const names = Object.keys(rows[0]?.columns ?? {})
  return {
    columns: names.map((source) => ({ source, fit: 'text', node: plainColumn(ownName(source), 'text') })),
  }
}

/**
 * The columns for rows of JSON. A column is of booleans, 64-bit integers, doubles or texts when all its values in `rows`
 * are, of digits as text where neither type of number has all of them; anything else is JSON.
 * What comes later and does not fit goes to the column `other`, so that no value is changed and no row is lost.
 */
function columnsOfRows(rows: readonly Row[], plan: JobPlan): OutputColumns {
  const values = new Map<string, unknown[]>()
  const listed = plan.keepColumns
  if (typeof listed !== 'boolean') for (const name of listed) values.set(name, [])
  for (const { columns } of rows) {
    for (const [name, value] of Object.entries(columns)) {
      const known = values.get(name) ?? []
      if (value !== null) known.push(value)
      values.set(name, known)
    }
  }
  const columns = Array.from(values, ([source, known]): OutputColumn => {
    const fit = fitOf(known)
    const type = fit === 'digits' || fit === 'json' ? 'text' : fit
    return { source, fit, node: plainColumn(jsonName(source), type) }
  })
  const openAi: OutputColumn[] = [
    { source: 'custom_id', fit: 'text', node: plainColumn('custom_id', 'text') },
    { source: 'input', fit: 'int64', node: plainColumn('input', 'int64') },
  ]
  return { columns: [...(plan.input.rows === 'openai' ? openAi : []), ...columns], other: OTHER }
}

function jsonName(source: string): string {
  return OTHER_NAMES.test(source) ? `input_${source}` : ownName(source)
}

function fitOf(values: readonly unknown[]): Exclude<Fit, 'cell'> {
  const are = (test: (value: unknown) => boolean) => values.length > 0 && values.every(test)
  if (are((value) => typeof value === 'string')) return 'text'
  if (are((value) => typeof value === 'boolean')) return 'boolean'
  if (are((value) => toCell('int64', value) !== undefined)) return 'int64'
  if (are((value) => toCell('uint64', value) !== undefined)) return 'uint64'
  if (are((value) => typeof value === 'number')) return 'double'
  return are((value) => toCell('digits', value) !== undefined) ? 'digits' : 'json'
}

/** The cell for a value, or `undefined` where it does not fit. */
function toCell(fit: Fit, value: unknown): unknown {
  switch (fit) {
    case 'cell':
      return value
    case 'json':
      return stringifyExactJson(value)
    case 'text':
      return typeof value === 'string' ? value : undefined
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'double':
      return typeof value === 'number' ? value : undefined
    case 'digits':
      return typeof value === 'number' || value instanceof ExactNumber ? String(value) : undefined
    default:
      return wholeOf(value, fit)
  }
}

function wholeOf(value: unknown, fit: 'int64' | 'uint64'): bigint | undefined {
  // No integer has the minus of -0.
  if (Object.is(value, -0)) return undefined
  const text = value instanceof ExactNumber || typeof value === 'number' ? String(value) : undefined
  const isWhole = typeof value === 'bigint' || (text !== undefined && /^-?\d{1,20}$/.test(text))
  if (!isWhole) return undefined
  const whole = typeof value === 'bigint' ? value : BigInt(text!)
  const inRange = (fit === 'int64' ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole)) === whole
  if (!inRange) return undefined
  // As it is stored.
  return BigInt.asIntN(64, whole)
}

/** The cells of a row, in the order of the columns, then that of `other`. */
export function cellsOf(
  row: Readonly<Record<string, unknown>>,
  { columns, other }: OutputColumns,
): unknown[] {
  const rest = new Map(Object.entries(row))
  const cells = columns.map(({ source, fit }) => {
    const value = rest.get(source) ?? null
    const cell = value === null ? null : toCell(fit, value)
    if (cell !== undefined) rest.delete(source)
    return cell ?? null
  })
  if (other === undefined) return cells
  const left = [...rest].filter(([, value]) => value !== null)
  return [...cells, left.length > 0 ? stringifyExactJson(Object.fromEntries(left)) : null]
}
