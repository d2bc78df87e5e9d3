import type { ErrorCode } from '../../../errors.ts'
import type { SourceRecord } from '../../../formats/record.ts'
import type { EncoderInput } from '../../../models/encode/encoder.ts'
import type { Encoding } from '../../../vector/encoding.ts'

/** A record that can be worked on. */
export interface Row {
  readonly record: SourceRecord
  /** At least one; several only in a line of an OpenAI batch. */
  readonly inputs: readonly EncoderInput[]
  /** Columns to keep. */
  readonly columns: Readonly<Record<string, unknown>>
  /** Set when the record is a line of an OpenAI batch, which is answered with a line of the same form. */
  readonly openAi?: {
    readonly customId: string
    readonly encoding: Encoding
    /** As asked for, where the job does otherwise: such a line must not lose anything. */
    readonly truncate?: 'start' | 'end' | false
    /** Names of fields that are not served. */
    readonly ignored?: string
  }
}

/** A record that cannot be worked on, and why. */
export interface RowProblem {
  readonly record: SourceRecord
  readonly code: ErrorCode
  readonly message: string
  /** The field of an OpenAI line that is to blame. */
  readonly field?: string
  /** Set where the row is one of an OpenAI batch, which is answered with a line of the same form. */
  readonly openAi?: true
}

/** Tells the two kinds apart. */
export function isProblem(row: Row | RowProblem): row is RowProblem {
  return 'code' in row
}

/** The id that a row has in a collection: its own, or its position where the file has no column for ids. */
export function idOf({ id }: Readonly<Record<string, unknown>>, index: number): string {
  return String(id ?? index)
}
