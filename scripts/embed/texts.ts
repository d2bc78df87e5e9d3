import { text as readAll } from 'node:stream/consumers'
import { AppError } from '../../src/errors.ts'
import { UnreadableValue } from '../../src/formats/record.ts'
import { decideTextColumn } from '../../src/services/batch/plan/text-column.ts'
import { UsageError } from '../console/options.ts'
import { type FileOptions, openRows } from '../console/rows.ts'

/** Where texts come from. */
interface TextPlaces {
  readonly given: readonly string[]
  /** A file of any kind that jobs read. */
  readonly file: string | undefined
  readonly column: string | undefined
  readonly hints: FileOptions
  readonly input: NodeJS.ReadStream
}

/** Hears why a row has no text, in a sentence. */
type OnLeft = (sentence: string) => void

/**
 * The texts of the arguments, of a file's rows, or of the lines of standard input.
 *
 * @throws UsageError when there are none, or two places of them; what opening the file throws
 */
export async function* readTexts(places: TextPlaces, left: OnLeft): AsyncGenerator<string> {
  const { given, file, input } = places
  if (file !== undefined && given.length > 0) {
    throw new UsageError('There are texts and a --file; give one of them.')
  }
  if (file !== undefined) yield* textsOfFile(file, places, left)
  else if (given.length > 0 && !(given.length === 1 && given[0] === '-')) yield* given
  else if (given.length === 0 && input.isTTY) {
    throw new UsageError('There is no text; give some, a --file, or lines on standard input.')
  } else for (const line of (await readAll(input)).split(/\r?\n/)) if (line.trim() !== '') yield line
}

async function* textsOfFile(
  path: string,
  { hints, column }: TextPlaces,
  left: OnLeft,
): AsyncGenerator<string> {
  const { file, records } = await openRows(path, hints)
  const name = columnOf(file, column)
  for await (const { fields, problem, line } of records) {
    const value = fields?.[name]
    if (typeof value === 'string' && value.trim() !== '') yield value
    else left(`${path}:${line} is left out: ${whyNot(value, name, problem)}`)
  }
}

/** In the words of the command line. */
function columnOf(...asked: Parameters<typeof decideTextColumn>): string {
  try {
    return decideTextColumn(...asked)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const message = error.message
      .replaceAll('the setting textColumn', '--text-column')
      .replaceAll('the setting ', '--')
    throw new AppError(error.code, message, { details: error.details, cause: error })
  }
}

function whyNot(value: unknown, name: string, problem: string | undefined): string {
  if (problem !== undefined) return problem
  if (value instanceof UnreadableValue) return `the column ${name} ${value.problem}.`
  return `the column ${name} has no text.`
}
