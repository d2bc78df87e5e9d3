import { nameColumns } from '../formats/column-names.ts'
import { createCsvFinder, parseCsvRecord } from '../formats/csv.ts'
import { findDelimiter, isTable, separatorLine } from '../formats/delimiter.ts'
import { createSplitter, type RawRecord } from '../formats/splitter.ts'
import { isBlank, parserOf, textOfRecord, toRecord } from '../formats/text-parse.ts'
import { type ReadRows, readJsonRows } from './read-json.ts'
import { readTextResumes, type TextSplit } from './split-texts.ts'
import { isUsualColumn, nameFields, type ResumeDocument, typeColumns } from './standard-fields.ts'

/** What pasted resumes were understood as. */
interface ReadResumes {
  readonly kind: 'none' | 'text' | 'csv' | 'json'
  /** What goes to `POST /match`, in the order of the text. */
  readonly documents: readonly ResumeDocument[]
  /** Names of the fields that any document has, in the order of their first use. */
  readonly fields: readonly string[]
  /** Of CSV: what stands between two cells. */
  readonly delimiter?: string
  /** Of plain text: where one resume ends and the next begins. */
  readonly split?: TextSplit
  /** Columns that go by another name, as `[in the text, in the match]`. */
  readonly renamed: readonly (readonly [string, string])[]
  readonly problems: ReadRows['problems']
}

/** More lie beyond what the page sends in one request. */
const MAX_RECORD_BYTES = 1024 * 1024

const NOTHING: ReadResumes = { kind: 'none', documents: [], fields: [], renamed: [], problems: [] }

/**
 * Reads resumes that were pasted: JSON (a list, one object, or a line for each), a table with a header, or plain text.
 *
 * @param split how plain text is parted; the best guess when absent
 */
export function readResumes(text: string, split?: TextSplit): ReadResumes {
  const trimmed = text.trim()
  if (trimmed === '') return NOTHING
  if (trimmed.startsWith('[') || trimmed.startsWith('{')) return withNames('json', readJsonRows(text))
  const table = split === undefined ? (readHeaderAlone(text) ?? readTable(text)) : undefined
  if (table) return table
  const plain = readTextResumes(text, split)
  return { ...withNames('text', { rows: plain.rows, problems: [] }), split: plain.split }
}

function withNames(kind: 'text' | 'csv' | 'json', { rows, problems }: ReadRows): ReadResumes {
  const { documents, renamed } = nameFields(rows)
  const fields = [...new Set(documents.flatMap((document) => Object.keys(document)))]
  return { kind, documents, fields, renamed, problems }
}

const DELIMITERS = [',', ';', '\t', '|']

/** A header that nothing follows, as an export without a match has it: no resume, although it is a text. */
function readHeaderAlone(text: string): ReadResumes | undefined {
  const [header, ...more] = text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '' && !/^"?sep=/i.test(line))
  if (header === undefined || more.length > 0) return undefined
  const delimiter = DELIMITERS.find(
    (each) => (parseCsvRecord(header, each) ?? []).filter(isUsualColumn).length >= 2,
  )
  if (delimiter === undefined) return undefined
  return {
    ...NOTHING,
    kind: 'csv',
    delimiter,
    problems: [{ line: 1, message: 'The table has a header and no row.' }],
  }
}

/** The table that a text is, or undefined where its rows have no common shape. */
function readTable(text: string): ReadResumes | undefined {
  const all = new TextEncoder().encode(text)
  const separator = separatorLine(all)
  const bytes = all.subarray(separator?.end ?? 0)
  const sample = { bytes, whole: true, skipped: { bytes: 0, lines: 0 } }
  const delimiter = separator?.delimiter ?? findDelimiter(sample, 'csv')
  if (!isTable(sample, delimiter) || !looksLikeHeader(text, delimiter)) return undefined
  const [header, ...records] = recordsOf(bytes, delimiter)
  const columns = nameColumns(parseCsvRecord(textOfRecord(header!), delimiter) ?? [])
  const parse = parserOf({ format: 'csv', compression: 'none', charset: 'utf-8', columns, delimiter })
  const rows: Record<string, unknown>[] = []
  const problems: { line: number; message: string }[] = []
  let line = 1 + (separator ? 1 : 0)
  for (const record of [header!, ...records]) {
    const begin = line
    line += record.lines
    if (record === header || isBlank(record, delimiter)) continue
    const { fields, problem } = toRecord(record, parse, { charset: 'utf-8' }, MAX_RECORD_BYTES)
    if (fields) rows.push(fields)
    else problems.push({ line: begin, message: problem! })
  }
  return { ...withNames('csv', { rows: typeColumns(columns, rows), problems }), delimiter }
}

function recordsOf(bytes: Uint8Array, delimiter: string): RawRecord[] {
  const splitter = createSplitter(createCsvFinder(delimiter.charCodeAt(0)), 0, MAX_RECORD_BYTES)
  return [...splitter.push(bytes), ...splitter.finish()]
}

/** Names of columns are short; the first line of a resume is a sentence with commas, or has no second column. */
const LONGEST_NAME = 40

function looksLikeHeader(text: string, delimiter: string): boolean {
  const first = text.trimStart().split(/\r\n|\r|\n/, 2)
  const second = text.trimStart().split(/\r\n|\r|\n/, 3)[1] ?? ''
  const names = parseCsvRecord(first.find((line) => !/^"?sep=/i.test(line)) ?? second, delimiter) ?? []
  return (
    names.length >= 2 &&
    names.every((name) => name.trim().length <= LONGEST_NAME && !/[。！？.!?]$/.test(name))
  )
}
