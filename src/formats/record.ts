import type { Context } from '../context.ts'

/** One record of an input file: a line, a CSV row, a row of a Parquet file. */
export interface SourceRecord {
  /** Position among the records of the file, from 0. */
  readonly index: number
  /** Line number in the (decompressed) text, from 1; for Parquet index + 1. */
  readonly line: number
  /** Bytes of the decompressed text at which it begins and ends; for Parquet its row group's. */
  readonly start: number
  readonly end: number
  /** Columns by name, undefined when the record cannot be read. Plain lines have the one column `text`. */
  readonly fields: Readonly<Record<string, unknown>> | undefined
  /** As it was written, cut to 4,096 characters. */
  readonly raw: string
  /** Why it cannot be read; set exactly when fields is undefined. */
  readonly problem?: string
}

/** Stands in the place of a value that cannot be read; a row that needs it is an error row. */
export class UnreadableValue {
  /** Why, to follow the name of its column: `holds bytes that are not UTF-8`. */
  readonly problem: string

  /** @param problem to follow the name of the column */
  constructor(problem: string) {
    this.problem = problem
  }
}

/** Where to begin, from a checkpoint, and where to stop. */
export interface ReadFrom {
  readonly start: number
  readonly index: number
  readonly line: number
  readonly end?: number
}

/** What a reader has passed over. */
export interface Seen {
  blankLines: number
}

/** Reads records of one format out of bytes, starting at a byte offset that begins a record (from a checkpoint). */
export interface RecordReader {
  /** `seen` is added to before the record that follows is given, and before the end. */
  read(from: ReadFrom, context: Context, seen?: Seen): AsyncIterable<SourceRecord>
}
