import type { CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { AppError, invalid } from '../../src/errors.ts'
import { idColumnOf } from '../../src/formats/column-names.ts'
import { ExactNumber, parseExactJson, stringifyExactJson } from '../../src/formats/exact-json.ts'
import { type SourceRecord, UnreadableValue } from '../../src/formats/record.ts'
import type { EmbedService } from '../../src/services/embed.ts'
import { type FieldValue, joinTexts, type MatchDocument, textsOf } from '../../src/services/match/document.ts'
import { rowOf } from '../../src/vector/matrix.ts'
import { errorAt, type FileOptions, openRows } from '../console/rows.ts'

/** Rows embedded at once: enough to plan good batches, few enough to show progress. */
const AT_ONCE = 1024

/** One line of a file, read. */
interface Line {
  /** From 1. */
  readonly number: number
  readonly id: string
  readonly fields: Readonly<Record<string, FieldValue>>
  readonly text: string
}

/**
 * The rows of a file as embedded rows: a text, or an object whose describing fields are embedded as `POST /match` embeds a
 * candidate. A row without an id has its line number.
 *
 * @param hints how the file is read, where its name and bytes do not say
 * @param shown called with the rows so far
 * @throws AppError `invalid_request` that names the line, or says what the file is and what to do; `empty_input` for one
 * without rows
 */
export async function* embedLines(
  path: string,
  hints: FileOptions,
  model: string | undefined,
  embed: EmbedService,
  shown: (rows: number) => void,
): AsyncGenerator<CollectionRow> {
  const options = { role: 'document', normalize: true }
  let waiting: Line[] = []
  let rows = 0
  const flush = async function* () {
    const inputs = waiting.map(({ text }) => text)
    const { vectors, unknown } = await embed.run(embed.plan({ inputs, model, options }), createContext())
    const first = unknown.indexOf(1)
    if (first >= 0) throw unknownText(path, waiting[first]!)
    for (const [row, { id, fields }] of waiting.entries()) yield { id, fields, vector: rowOf(vectors, row) }
    rows += waiting.length
    waiting = []
    shown(rows)
  }
  for await (const line of readLines(path, hints)) if (waiting.push(line) === AT_ONCE) yield* flush()
  if (waiting.length > 0) yield* flush()
  if (rows === 0) throw noRows(path)
}

/** The rows of a file of any format that jobs read, by its name, its first bytes and what the options say. */
async function* readLines(path: string, hints: FileOptions): AsyncGenerator<Line> {
  const { records } = await openRows(path, hints)
  let last = 0
  try {
    for await (const record of records) {
      last = record.line
      yield toLine(record, `${path}:${record.line}`)
    }
  } catch (error) {
    // What is wrong with a row names its place by now.
    throw error instanceof AppError && !error.message.startsWith(path)
      ? errorAt(`${path}:${last + 1}`, error)
      : error
  }
}

/** @throws AppError `invalid_request` that names `place` */
function toLine(record: SourceRecord, place: string): Line {
  const read = record.fields ?? textAlone(record.raw)
  if (!read) throw wrong(place, record.problem ?? 'The record cannot be read.')
  const given = Object.entries(read).map(([name, value]) => {
    if (value instanceof UnreadableValue) throw wrong(place, `The column ${name} ${value.problem}.`)
    return [name, asJson(value)] as const
  })
  const idName = idColumnOf(given.map(([name]) => name))
  const fields = Object.fromEntries(given.filter(([name]) => name !== idName))
  const id = given.find(([name]) => name === idName)?.[1] ?? String(record.line)
  if (!isId(id)) throw wrong(place, 'The row has an id that is no text or number.')
  const document: MatchDocument = { id: String(id), index: 0, fields }
  const text = joinTexts(textsOf(document))
  if (text === '') throw wrong(place, 'The row has no text to embed.')
  return { number: record.line, id: document.id, fields, text }
}

/** Cells of Parquet may be big integers or bytes, which engines would take each for something else. */
function asJson(value: unknown): FieldValue {
  const isPlain = typeof value !== 'bigint' && (typeof value !== 'object' || value === null)
  return (isPlain ? value : parseExactJson(stringifyExactJson(value))) as FieldValue
}

function isId(id: unknown): boolean {
  return typeof id === 'number' || id instanceof ExactNumber || (typeof id === 'string' && id.trim() !== '')
}

/** A line may be a text alone, as a candidate of a match may; a longer one than is kept of a line must be an object. */
function textAlone(raw: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'string' ? { text: value } : undefined
  } catch {
    return undefined
  }
}

function wrong(place: string, problem: string): AppError {
  return invalid(
    place,
    `${place}: ${problem}${problem.includes('expected') ? '' : ' Expected a row such as {"id": "1", "text": "…"}; correct it.'}`,
  )
}

/** An export that failed is empty, and must not take the place of a collection. */
function noRows(path: string): AppError {
  return new AppError(
    'empty_input',
    `${path} has no rows: it is empty, or has nothing but a header or blank lines; expected a row at least; to empty a collection take its rows out by "remove", or "delete" it.`,
    { details: { field: path } },
  )
}

/** A row that nothing could ever find, as one with a vector of zeros. */
function unknownText(path: string, { number, id }: Line): AppError {
  return new AppError(
    'empty_input',
    `${path}:${number} (id "${id.slice(0, 100)}") has no word that the model knows: emoji, a script that it never learnt, or characters without width; leave the row out, or choose a model of its language with --model.`,
    { details: { field: `${path}:${number}` } },
  )
}
