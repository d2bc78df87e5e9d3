import { stringifyExactJson } from '../../../formats/exact-json.ts'
import { type OpenAiDialect, openAiError } from './openai-lines.ts'
import type { RowProblem } from './row.ts'

/** Error rows of a shard that show what was written whole; the later ones show less of it. */
const FULL_ROWS = 256
const SHORT_ROW = 256

/**
 * What could not be worked on, as JSON lines. Those of an OpenAI batch have the fields of its error file as well.
 *
 * @param before error rows that the shard has already
 */
export function toErrorLines(
  problems: readonly RowProblem[],
  before: number,
  dialect: OpenAiDialect,
): string {
  let text = ''
  for (const [place, problem] of problems.entries()) {
    const { record, code, message } = problem
    const { index, line, start: byteOffset, raw } = record
    const row = before + place < FULL_ROWS ? raw : raw.slice(0, SHORT_ROW)
    const openAi = problem.openAi ? openAiError(problem, dialect) : {}
    text += `${stringifyExactJson({ ...openAi, index, line, byteOffset, code, message, row })}\n`
  }
  return text
}
