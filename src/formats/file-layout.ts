import type { Compression } from './unpack.ts'

/** Formats of input files. `json` is one list of records, or records that follow each other over any lines. */
export const FILE_FORMATS = ['lines', 'jsonl', 'json', 'csv', 'tsv', 'parquet'] as const
/** One of {@link FILE_FORMATS}. */
export type FileFormat = (typeof FILE_FORMATS)[number]
/** Formats that are text. */
export type TextFormat = Exclude<FileFormat, 'parquet'>

/**
 * How a file is read, as plain data. It is decided once, from the settings, the name and the first bytes; whoever reads
 * the file later, from wherever, decides nothing again.
 */
export interface FileLayout {
  readonly format: FileFormat
  readonly compression: Compression
  /** As `TextDecoder` names it; `utf-8` for Parquet. Another one is turned into UTF-8 while it is read. */
  readonly charset: string
  /** Between the fields of a table in text, which alone has it: one ASCII character. */
  readonly delimiter?: string
  /** Of a table, in the order of the file, each name once. */
  readonly columns?: readonly string[]
  /** Where the first record begins, behind a header and blank lines; the beginning of the file when absent. */
  readonly first?: { readonly start: number; readonly line: number; readonly blankLines: number }
  /** Whether the records of a `json` file are the elements of one list. */
  readonly list?: boolean
  /** What a quote that is never closed does: it ends the job (`fail`, when absent) or its own row at the line's end. */
  readonly unclosedQuote?: UnclosedQuote
}

/** Choices for a quote that is never closed. */
export const UNCLOSED_QUOTE = ['fail', 'row'] as const
/** One of {@link UNCLOSED_QUOTE}. */
export type UnclosedQuote = (typeof UNCLOSED_QUOTE)[number]

/**
 * Whether the bytes of a file are those of its text, so that it can be entered at any record. Places in other files are
 * those of the unpacked text in UTF-8, which is read from its beginning each time.
 */
export function isSeekable({ compression, charset }: Pick<FileLayout, 'compression' | 'charset'>): boolean {
  return compression === 'none' && charset === 'utf-8'
}
