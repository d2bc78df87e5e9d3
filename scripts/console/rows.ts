import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { type FileHints, type InspectedFile, inspectFile } from '../../src/formats/inspect-file.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import type { SourceRecord } from '../../src/formats/record.ts'
import { parseOption } from '../../src/services/batch/plan/settings.ts'

/** How a file is read, where its name and bytes do not say. */
export type FileOptions = Pick<FileHints, 'format' | 'charset' | 'delimiter'>

/** The options that a tool has for them. */
export const FILE_OPTIONS = {
  format: {
    value: '<format>',
    help: 'jsonl, json, csv, tsv, lines or parquet, where the name of the file does not say',
  },
  charset: {
    value: '<name>',
    help: 'encoding of the file, found out where that is no guess: gb18030, big5, utf-16le, …',
  },
  delimiter: { value: '<sign>', help: 'between the fields of a table, found out otherwise; tab for a tab' },
} as const

/** A file of rows: what a look at it has shown, and its records one by one. */
interface OpenedRows {
  readonly file: InspectedFile
  readonly records: AsyncIterable<SourceRecord>
}

/**
 * Opens a file of any format that jobs read, by its name, its first bytes and what the options say.
 *
 * @throws AppError `artifact_missing` without the file; `invalid_request` that begins with its path and says what it is
 */
export async function openRows(path: string, hints: FileOptions): Promise<OpenedRows> {
  const context = createContext()
  const source = { bytes: await sizeOf(path), read: rangeReader(path) }
  const file = await inspectFile(source, { ...hints, name: path }, context).catch((error: unknown) => {
    throw error instanceof AppError ? errorAt(path, error) : error
  })
  const reader = createRecordReader(file.layout, source)
  return { file, records: reader.read({ start: 0, index: 0, line: 1 }, context) }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return found.size
  throw new AppError('artifact_missing', `${path} is no file that is there.`, { details: { file: path } })
}

function rangeReader(path: string) {
  return async function* (start: number, end: number): AsyncGenerator<Uint8Array> {
    if (end > start) yield* createReadStream(path, { start, end: end - 1 })
  }
}

/** The error with the place of the mistake in front of its sentence. */
export function errorAt(place: string, error: AppError): AppError {
  return new AppError(error.code, `${place}: ${error.message}`, { details: error.details, cause: error })
}

/**
 * The options of a command line that say how a file is read.
 *
 * @throws AppError `invalid_request` that names the option
 */
export function readFileOptions(given: {
  readonly format?: string | undefined
  readonly charset?: string | undefined
  readonly delimiter?: string | undefined
}): FileOptions {
  const { format, charset, delimiter } = given
  const named = Object.entries({ format, charset, delimiter }).filter(([, value]) => value !== undefined)
  return Object.assign({}, ...named.map(([name, value]) => parseOption(name, value, `--${name}`)))
}
