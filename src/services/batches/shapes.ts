import type { FileLayout } from '../../formats/file-layout.ts'

/** A file with the settings of its batch. */
export interface BatchSource {
  /** Where its bytes lie on this disk. */
  readonly path: string
  readonly filename: string
  readonly bytes: number
  /** Of its content. */
  readonly sha256: string
  /** As in `<object>.job.json`. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** Work for the thread that reads and writes files. */
export interface BatchTask extends BatchSource {
  /** The batch's id. */
  readonly id: string
  /** Its folder on this disk. */
  readonly folder: string
  /** Records of the file, where they were counted before. */
  readonly total?: number | undefined
}

/** What is wrong, as OpenAI lists it. */
export interface BatchProblem {
  readonly code: string
  readonly message: string
  /** The setting or field to correct. */
  readonly param: string | null
  readonly line: number | null
}

/** How a file is read, as its plan says. */
export interface FoundInput {
  readonly model: string
  readonly dimensions: number
  readonly format: FileLayout['format']
  readonly compression: FileLayout['compression']
  readonly charset: string
  readonly delimiter: string | null
  readonly rows: 'native' | 'openai'
  readonly textColumn: string | null
}

/** What a batch has done so far. */
export interface BatchCounts {
  readonly completed: number
  readonly failed: number
  readonly tokens: number
  readonly truncated: number
  readonly unknown: number
}

/** Why rows failed, the commonest first. */
export interface RowReason {
  readonly code: string
  readonly message: string
  readonly count: number
  readonly line: number
}

/** Files that lie one behind the other, as names within the batch's folder. */
export interface WrittenParts {
  readonly keys: readonly string[]
  readonly bytes: number
}

/** How the thread's work on a batch ended; `stopped` when it was told to stop. */
export interface BatchEnd {
  readonly status: 'completed' | 'failed' | 'stopped'
  readonly counts: BatchCounts
  readonly output: WrittenParts
  readonly errors: WrittenParts
  readonly problems: readonly BatchProblem[]
  readonly warnings: readonly string[]
  readonly reasons: readonly RowReason[]
}

/** One of the first rows of a file. */
export interface PreviewRow {
  readonly line: number
  /** Texts are cut; `null` where the row cannot be read, with the `problem`. */
  readonly fields: Readonly<Record<string, unknown>> | null
  readonly problem: string | null
}

/** What a batch of a file would do, before it runs. */
export interface Preview {
  /** Why it would fail at once. */
  readonly problem: BatchProblem | null
  /** As far as it is known. */
  readonly found: Partial<FoundInput>
  readonly columns: readonly string[]
  readonly firstRows: readonly PreviewRow[]
  readonly rowsSeen: number
  readonly whole: boolean
  readonly warnings: readonly string[]
}
