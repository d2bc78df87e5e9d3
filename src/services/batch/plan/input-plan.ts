import { AppError } from '../../../errors.ts'
import { foldName, idColumnOf } from '../../../formats/column-names.ts'
import type { FileLayout } from '../../../formats/file-layout.ts'
import type { InspectedFile } from '../../../formats/inspect-file.ts'
import { isOpenAiLine } from './openai-line.ts'
import { decideTextColumn, listed } from './text-column.ts'

/** How a job's file is read: decided once, from the header and the first rows, and kept in the job's plan. */
export interface InputPlan extends FileLayout {
  /** Whether the rows have a column with text, or are lines of an OpenAI batch. */
  readonly rows: 'native' | 'openai'
  /** The name as the file has it; absent for OpenAI lines and in a file without any rows. */
  readonly textColumn?: string
  /** Of a collection: the column with the ids of its members; without one they are called by their positions. */
  readonly idColumn?: string
}

/** What the settings say of the columns. */
export interface InputWishes {
  readonly kind: 'embed' | 'match' | 'collection'
  readonly textColumn?: string
  readonly keepColumns: boolean | readonly string[]
}

/** The part of a plan that the file decides. */
interface DecidedInput {
  readonly input: InputPlan
  readonly keepColumns: boolean | readonly string[]
}

/**
 * Decides by the settings, and by the first rows where these are silent, which rows a file has and where their texts
 * are. Pure.
 *
 * @throws AppError `invalid_request` when there is no such column, or none or several could be meant; it lists the columns
 */
export function decideInput(file: InspectedFile, wishes: InputWishes): DecidedInput {
  const { layout } = file
  if (wishes.kind === 'embed' && wishes.textColumn === undefined && isOpenAiFile(file)) {
    return { input: { ...layout, rows: 'openai' }, keepColumns: wishes.keepColumns }
  }
  if (isEmpty(file)) return { input: { ...layout, rows: 'native' }, keepColumns: wishes.keepColumns }
  const textColumn = decideTextColumn(file, wishes.textColumn)
  const idColumn = wishes.kind === 'collection' ? idColumnOf(file.layout.columns ?? file.names) : undefined
  return {
    input: { ...layout, rows: 'native', textColumn, ...(idColumn !== undefined && { idColumn }) },
    keepColumns: keptColumns(file, wishes.keepColumns),
  }
}

/** Without a header and without a record there is nothing to choose from, and nothing to embed. */
function isEmpty({ names, records, whole, layout }: InspectedFile): boolean {
  return layout.format !== 'parquet' && names.length === 0 && records.length === 0 && whole
}

/** Most of the first records decide, so that one odd line does not. */
function isOpenAiFile({ layout, records }: InspectedFile): boolean {
  if (layout.format !== 'jsonl' && layout.format !== 'json') return false
  const readable = records.filter(({ fields }) => fields !== undefined)
  const requests = readable.filter(({ fields }) => isRequest(fields!))
  return requests.length > 0 && requests.length * 2 >= readable.length
}

/** A column called `body` makes no request of a row that has its own text. */
function isRequest(fields: Readonly<Record<string, unknown>>): boolean {
  const { body } = fields
  if (!isOpenAiLine(fields)) return false
  const hasInput = typeof body === 'object' && body !== null && Object.hasOwn(body, 'input')
  return hasInput || Object.hasOwn(fields, 'url') || Object.hasOwn(fields, 'method')
}

/** The columns that are to be kept, as the file writes them. */
function keptColumns(file: InspectedFile, wanted: boolean | readonly string[]): boolean | readonly string[] {
  if (typeof wanted === 'boolean') return wanted
  const { columns = file.names } = file.layout
  return wanted.map((name) => {
    if (columns.includes(name)) return name
    const alike = columns.filter((column) => foldName(column) === foldName(name))
    if (alike.length === 1) return alike[0]!
    throw new AppError(
      'invalid_request',
      `The setting keepColumns names ${name}, which ${alike.length > 1 ? `could be ${alike.join(' or ')}` : 'the file does not have'}; its columns are ${listed(columns)}; correct the setting.`,
      { details: { field: 'keepColumns' } },
    )
  })
}
