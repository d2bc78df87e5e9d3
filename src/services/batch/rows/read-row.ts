import { isUtf8 } from 'node:buffer'
import type { ErrorCode } from '../../../errors.ts'
import { ExactNumber } from '../../../formats/exact-json.ts'
import { type SourceRecord, UnreadableValue } from '../../../formats/record.ts'
import { blankContacts } from '../../match/contacts.ts'
import { isOpenAiLine } from '../plan/openai-line.ts'
import type { JobPlan } from '../plan/plan.ts'
import { type OpenAiDialect, readOpenAiLine } from './openai-lines.ts'
import { isProblem, type Row, type RowProblem } from './row.ts'

/** Decides what a record asks for: pure, so that every worker decides the same. */
export function readRow(record: SourceRecord, plan: JobPlan, openAi: OpenAiDialect): Row | RowProblem {
  const { fields } = record
  if (plan.input.rows === 'native') return readNativeRow(record, plan)
  const row = !fields
    ? wrong(record, record.problem ?? 'The record cannot be read.')
    : isOpenAiLine(fields)
      ? readOpenAiLine(record, fields, plan, openAi)
      : wrong(record, NO_OPENAI_LINE)
  return isProblem(row) ? { ...row, openAi: true } : row
}

/** What a record asks for that has a column with text. */
export function readNativeRow(record: SourceRecord, plan: JobPlan): Row | RowProblem {
  const { fields } = record
  if (!fields)
    return { record, code: 'invalid_request', message: record.problem ?? 'The record cannot be read.' }
  const column = plan.input.textColumn
  if (column === undefined || !Object.hasOwn(fields, column)) {
    return wrong(record, missingColumn(fields, column))
  }
  const value = textOf(fields[column])
  const problem = problemOf(value, `The column ${column}`)
  if (problem) return { record, ...problem }
  const text = plan.redact ? blankContacts(value as string) : (value as string)
  if (plan.redact && isBlank(text)) return { record, ...nothingLeft(column) }
  const columns = { ...ownId(fields, plan), ...keptColumns(fields, column, plan) }
  const { idColumn } = plan.input
  if (idColumn !== undefined && isBlank(columns.id)) return { record, ...emptyId(idColumn) }
  const unreadable = Object.entries(columns).find(([, kept]) => kept instanceof UnreadableValue)
  if (unreadable) return { record, ...problemOf(unreadable[1], `The column ${unreadable[0]}`)! }
  return { record, inputs: [text], columns }
}

function wrong(record: SourceRecord, message: string): RowProblem {
  return { record, code: 'invalid_request', message }
}

const NO_OPENAI_LINE =
  'The line is none of an OpenAI batch, as the first lines of the file are; expected custom_id and body; correct it.'

function missingColumn(fields: Readonly<Record<string, unknown>>, column = 'text'): string {
  const names = Object.keys(fields).slice(0, 20).join(', ').slice(0, 500)
  return `The row has no column ${column}, which has the texts of this file, but ${names || 'none at all'}; add it, or leave such rows out.`
}

/** Bytes of a Parquet column that has no type are text where they can be: writers before 2015 wrote texts so. */
function textOf(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value
  return isUtf8(value) ? Buffer.from(value).toString() : new UnreadableValue('holds bytes that are not UTF-8')
}

/** The id of a row of a collection under the name that members have it by, whatever the file calls its column. */
function ownId(fields: Readonly<Record<string, unknown>>, { input: { idColumn } }: JobPlan) {
  return idColumn === undefined ? {} : { id: fields[idColumn] }
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

function emptyId(column: string): { code: ErrorCode; message: string } {
  return {
    code: 'empty_input',
    message: `The column ${column} is empty, which has the ids of this file; expected one for each row of a collection; add it, or leave such rows out.`,
  }
}

function nothingLeft(column: string): { code: ErrorCode; message: string } {
  return {
    code: 'empty_input',
    message: `The column ${column} has nothing but contact details, which redact blanks; expected text beside them; leave such rows out.`,
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'bigint' || value instanceof ExactNumber) return 'a number'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** What makes a text unusable, in the order in which the HTTP routes look at it. */
function problemOf(value: unknown, who: string): { code: ErrorCode; message: string } | undefined {
  const bad = (code: ErrorCode, got: string, remedy: string) => ({
    code,
    message: `${who} ${got}; expected text; ${remedy}.`,
  })
  if (value === null || value === undefined) return bad('empty_input', 'is empty', 'leave such rows out')
  if (value instanceof UnreadableValue)
    return bad('invalid_request', value.problem, 'write the file with texts in UTF-8')
  if (typeof value !== 'string') return bad('invalid_request', `holds ${kindOf(value)}`, 'write it as text')
  if (value === '\\N')
    return bad('empty_input', 'is \\N, by which databases write NULL', 'leave such rows out')
  if (value.trim() === '') return bad('empty_input', 'is empty or blank', 'leave such rows out')
  const nul = value.indexOf('\0')
  if (nul >= 0) return bad('invalid_request', `has a null character at offset ${nul}`, 'remove it')
  const lone = /\p{Surrogate}/u.exec(value)
  if (lone) return bad('invalid_request', `has half of a surrogate pair at offset ${lone.index}`, 'repair it')
  return undefined
}

function keptColumns(
  fields: Readonly<Record<string, unknown>>,
  text: string,
  plan: JobPlan,
): Readonly<Record<string, unknown>> {
  // Made of entries, so that a column __proto__ is one like any other.
  return Object.fromEntries(namesBeside(Object.keys(fields), text, plan).map((name) => [name, fields[name]]))
}

/** Of the names of a file's columns, which all its rows have, those that are kept. */
export function keptNames(names: readonly string[], plan: JobPlan): string[] {
  return namesBeside(names, plan.input.textColumn, plan)
}

function namesBeside(
  names: readonly string[],
  text: string | undefined,
  { keepColumns, kind }: JobPlan,
): string[] {
  if (keepColumns === false) return []
  // The members of a collection are shown by their texts.
  if (keepColumns === true) return names.filter((name) => name !== text || kind === 'collection')
  const known = new Set(names)
  return keepColumns.filter((name) => known.has(name))
}
