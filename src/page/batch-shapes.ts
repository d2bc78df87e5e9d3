/** What the server says that a batch would do with a file, of `POST /v1/files/{id}/preview`. */
export interface FilePreview {
  readonly file_id: string
  readonly filename: string
  readonly bytes: number
  readonly problem: {
    readonly message: string
    readonly param: string | null
    readonly line: number | null
  } | null
  readonly format: string | null
  readonly compression: string | null
  readonly charset: string | null
  readonly delimiter: string | null
  readonly columns: readonly string[]
  readonly text_column: string | null
  readonly model: string | null
  readonly first_rows: readonly {
    readonly line: number
    readonly fields: Readonly<Record<string, unknown>> | null
    readonly problem: string | null
  }[]
  readonly rows_seen: number
  readonly whole: boolean
  readonly warnings: readonly string[]
}

interface BatchError {
  readonly message: string
  readonly line: number | null
}

/** A batch, as `GET /v1/batches/{id}` answers it. */
export interface Batch {
  readonly id: string
  readonly input_file_id: string
  readonly status: string
  readonly errors: { readonly data: readonly BatchError[] } | null
  readonly output_file_id: string | null
  readonly error_file_id: string | null
  /** In seconds since 1970. */
  readonly created_at: number
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number }
  readonly model: string | null
  readonly metadata: Readonly<Record<string, string>> | null
  readonly serverless_embeddings?: {
    readonly warnings?: readonly string[]
    readonly reasons?: readonly {
      readonly message: string
      readonly count: number
      readonly line: number | null
    }[]
    readonly waiting?: number
  }
}

/** What is chosen for a file, as it is typed; an empty choice is left to the server. */
export interface BatchChoices {
  readonly charset: string
  readonly delimiter: string
  readonly textColumn: string
  readonly model: string
}

/** Nothing chosen: the server finds all of it out. */
export const NO_CHOICES: BatchChoices = { charset: '', delimiter: '', textColumn: '', model: '' }

/** The settings that were chosen, as `serverless_embeddings` of a batch has them. */
export function batchSettings(choices: BatchChoices): Record<string, string> {
  return Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== ''))
}

/** The choice that a sentence of the API is about; `file` where it is none of them. */
export function choiceOf(param: string | null | undefined): keyof BatchChoices | 'file' {
  const name = param?.split('.').at(-1)?.replaceAll('_', '').toLowerCase()
  if (name === 'textcolumn') return 'textColumn'
  return name === 'charset' || name === 'delimiter' || name === 'model' ? name : 'file'
}

const ENDED = new Set(['completed', 'failed', 'expired', 'cancelled'])

/** Whether nothing of a batch changes any more. */
export function hasEnded({ status }: Pick<Batch, 'status'>): boolean {
  return ENDED.has(status)
}
