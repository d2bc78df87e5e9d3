import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { AppError } from '../../src/errors.ts'
import { ExactNumber } from '../../src/formats/exact-json.ts'
import type { SourceRecord } from '../../src/formats/record.ts'
import { isRecord } from '../../src/is-record.ts'
import { type FieldValue, hasText } from '../../src/services/match/document.ts'
import { type FileOptions, openRows } from '../console/rows.ts'
import { toFields } from './fields.ts'

/** A row of a file as a job or candidate of `POST /match`. */
export interface RowDocument {
  /** `resumes.csv:3`, for sentences. */
  readonly place: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What reading a file is told of. */
interface Reading {
  /** Hears of each row that cannot be compared, with the reason. */
  readonly left: (place: string, reason: string) => void
  /** Hears of each column that is taken as a field of another name. */
  readonly renamed: (column: string, field: string) => void
}

/**
 * The rows of a file of any kind that jobs read, or the one text of a `.md`; a row without an id has its line number.
 *
 * @throws AppError what is wrong with the file, in a sentence that begins with its path
 */
export async function* readDocuments(
  path: string,
  hints: FileOptions,
  { left, renamed }: Reading,
): AsyncGenerator<RowDocument> {
  if (isMarkdown(path, hints)) return yield* await documentsOfText(path, left)
  const { file, records } = await openRows(path, hints)
  const { format } = file.layout
  for await (const record of records) {
    const place = `${path}:${record.line}`
    const row = record.fields ?? textAlone(record)
    if (row === undefined) {
      left(place, record.problem ?? 'The row cannot be read.')
      continue
    }
    const items = itemsOf(row)
    for (const [index, item] of (items ?? [row]).entries()) {
      const read = toFields(item, format === 'csv' || format === 'tsv')
      for (const pair of read.renamed) renamed(...pair)
      const { id, rest } = splitId(read.fields, items ? index + 1 : record.line)
      const at = items ? `${place} [${index}]` : place
      // A vector of the row's own is compared, too.
      const comparable =
        rest.vector !== undefined || hasText({ id, index: 0, fields: rest as Record<string, FieldValue> })
      if (comparable) yield { place: at, id, fields: rest }
      else left(at, 'The row has no text to compare.')
    }
  }
}

/**
 * The jobs of a file: one text of a `.txt` or `.md`, or a row each of any other kind.
 *
 * @throws AppError as {@link readDocuments}, and `empty_input` when there is none
 */
export async function readJobs(path: string, hints: FileOptions, reading: Reading): Promise<RowDocument[]> {
  const jobs: RowDocument[] = []
  if (hints.format === undefined && ['.txt', '.md'].includes(extname(path).toLowerCase())) {
    jobs.push(...(await jobOfText(path)))
  } else for await (const job of readDocuments(path, hints, reading)) jobs.push(job)
  if (jobs.length > 0) return jobs
  throw new AppError(
    'empty_input',
    `${path} has no job with a text; expected a row such as {"title": "…"}.`,
    {
      details: { file: path },
    },
  )
}

/** Markdown has no rows: a file of it is one text, a resume or a job. */
function isMarkdown(path: string, { format }: FileOptions): boolean {
  return format === undefined && extname(path).toLowerCase() === '.md'
}

async function documentsOfText(path: string, left: Reading['left']): Promise<RowDocument[]> {
  const documents = await jobOfText(path)
  if (documents.length === 0) left(path, 'The file has no text to compare.')
  return documents
}

async function jobOfText(path: string): Promise<RowDocument[]> {
  const { file } = await openRows(path, { format: 'lines' })
  const text = new TextDecoder(file.layout.charset).decode(await readFile(path))
  return text.trim() === '' ? [] : [{ place: path, id: path, fields: { text } }]
}

/** `{"resumes": [{…}]}` is its list, as the page has it. */
function itemsOf(
  row: Readonly<Record<string, unknown>>,
): readonly Readonly<Record<string, unknown>>[] | undefined {
  const [only, ...more] = Object.values(row)
  return more.length === 0 && Array.isArray(only) && only.length > 0 && only.every(isRecord)
    ? only
    : undefined
}

/** A line of JSON may be a text alone. */
function textAlone({ raw }: SourceRecord): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'string' ? { text: value } : undefined
  } catch {
    return undefined
  }
}

function splitId(fields: Readonly<Record<string, unknown>>, line: number) {
  const name = Object.keys(fields).find((name) => name.trim().toLowerCase() === 'id')
  const given = name === undefined ? undefined : fields[name]
  const rest = Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name))
  const known =
    typeof given === 'number' ||
    given instanceof ExactNumber ||
    (typeof given === 'string' && given.trim() !== '')
  return { id: known ? String(given) : String(line), rest }
}
