import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { ByteSource } from '../formats/byte-source.ts'
import { foldName } from '../formats/column-names.ts'
import { ExactNumber } from '../formats/exact-json.ts'
import { type FileHints, inspectFile } from '../formats/inspect-file.ts'
import { createRecordReader } from '../formats/open-records.ts'
import { type SourceRecord, UnreadableValue } from '../formats/record.ts'
import { createWrongRows } from '../formats/wrong-rows.ts'
import type { LearningLabel, RowPlace } from './catalogue.ts'
import { type HeaderRules, requireHeader } from './header.ts'
import { LABEL_TEXT_FIELDS, readLabel, refuseTwice } from './labels.ts'
import { type LearningPair, PAIR_FIELDS, readPair } from './pairs.ts'

/** A file to learn from, to be read by ranges. */
export interface LearningFile {
  readonly name: string
  readonly source: ByteSource
  /** How it is read, where its name and bytes do not say. */
  readonly hints?: Pick<FileHints, 'format' | 'charset' | 'delimiter'>
}

/** Rows of a file, with the place of each for errors. */
interface ReadRows<Row> {
  readonly rows: readonly Row[]
  readonly placeOf: RowPlace
}

const PAIR_HEADER = { fields: PAIR_FIELDS, needed: [['query'], ['positive', 'positiveId']], isStrict: true }
/** Other columns of a catalogue are left alone. */
const LABEL_HEADER = {
  fields: ['id', ...LABEL_TEXT_FIELDS],
  needed: [['id'], LABEL_TEXT_FIELDS],
  isStrict: false,
}

/**
 * The pairs of a file of any format that jobs read.
 *
 * @throws AppError `invalid_request` that names every wrong row with its field, or says what the file is
 */
export function readPairs(file: LearningFile, context: Context): Promise<ReadRows<LearningPair>> {
  return readRows(file, readPair, PAIR_HEADER, context)
}

/**
 * The catalogue of labels in a file of any format that jobs read.
 *
 * @throws AppError `invalid_request` that names every wrong row with its field, or two with one id
 */
export async function readLabels(file: LearningFile, context: Context): Promise<ReadRows<LearningLabel>> {
  const read = await readRows(file, readLabel, LABEL_HEADER, context)
  refuseTwice(read.rows, read.placeOf)
  return read
}

/** The SHA-256 of a file, 64 hex digits: all that a learned model keeps of it beside counts. */
export async function hashFile({ source }: LearningFile): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of await source.read(0, source.bytes)) hash.update(bytes)
  return hash.digest('hex')
}

async function readRows<Row>(
  file: LearningFile,
  read: (row: Readonly<Record<string, unknown>>) => Row,
  header: HeaderRules,
  context: Context,
): Promise<ReadRows<Row>> {
  const { header: columns, records } = await openRecords(file, context)
  requireHeader(file.name, columns, header)
  const [rows, lines]: [Row[], number[]] = [[], []]
  const wrong = createWrongRows(file.name)
  let field: string | undefined
  for await (const record of records) {
    try {
      rows.push(read(valuesOf(record)))
      lines.push(record.line)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      field ??= String(error.details.field)
      wrong.add(record.line, error.message)
    }
  }
  if (wrong.count > 0)
    throw new AppError('invalid_request', wrong.tell().join('\n'), { details: { field, wrong: wrong.count } })
  if (rows.length === 0)
    throw new AppError('invalid_request', `${file.name} has no rows; expected one and more.`)
  return { rows, placeOf: (row) => `${file.name}:${lines[row]}` }
}

/**
 * Opens a file of any format that jobs read.
 *
 * @throws AppError `invalid_request` that begins with its name and says what it is
 */
export async function openRecords({ name, source, hints }: LearningFile, context: Context) {
  const inspected = await inspectFile(source, { ...hints, name }, context).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error
    throw new AppError(error.code, `${name}: ${error.message}`, { details: error.details, cause: error })
  })
  const records = createRecordReader(inspected.layout, source).read({ start: 0, index: 0, line: 1 }, context)
  const { columns, format } = inspected.layout
  // Rows of JSON name their own fields, and are told by their lines what is wrong with them.
  const header = format === 'jsonl' || format === 'json' ? undefined : columns
  return { header, columns: columns ?? inspected.names, records }
}

/** Names that differ from a field's in case or width mean it. */
const FIELDS = new Map(['positiveId', 'preferredLabel'].map((name) => [foldName(name), name] as const))

/** The values of a row under the names that fields have, numbers as numbers. */
function valuesOf({ fields, problem }: SourceRecord): Readonly<Record<string, unknown>> {
  if (!fields)
    throw new AppError('invalid_request', problem ?? 'The record cannot be read.', {
      details: { field: 'row' },
    })
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    const folded = foldName(name)
    const field = FIELDS.get(folded) ?? folded
    if (value instanceof UnreadableValue)
      throw new AppError('invalid_request', `${field} ${value.problem}.`, { details: { field } })
    values[field] = value instanceof ExactNumber ? Number(value.toString()) : value
  }
  return values
}
